import { wrongSealingCertificate } from "../certificate.ts";
import { nearestWord } from "../nearest-word.ts";
import type { SourceText } from "../source/input-directory.ts";
import type { Problem } from "../user-error.ts";
import { type EnvironmentFile, problemOf, validItems } from "./input-file.ts";

/**
 * What is wrong with the certificates that creds are sealed with: each workload cluster has one, and no other cluster has.
 *
 * @param read the text of a file by its path, relative to the project, or what keeps it from being read
 */
export function* checkCertificates(
  file: EnvironmentFile,
  read: (path: string) => SourceText | Problem,
): Generator<Problem> {
  const { kind, certificates } = file.content?.spec?.nats?.delivery ?? {};
  if (kind !== "sealedSecret" || certificates === undefined) return;
  const path = ["spec", "nats", "delivery", "certificates"];
  const clusters = workloadClusterNames(file);
  for (const [cluster, certificate] of Object.entries(certificates)) {
    const place = { file, path: [...path, cluster] };
    if (clusters !== undefined && !clusters.includes(cluster)) {
      const nearest = nearestWord(cluster, clusters);
      const hint = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
      const problem = `there is no workload cluster "${cluster}"${hint}`;
      yield problemOf(place, problem, `a certificate for each of ${clusters.join(", ")}`);
      continue;
    }
    const source = read(certificate);
    const problem = "text" in source ? wrongSealingCertificate(source.text) : source.problem;
    if (problem === undefined) continue;
    const expected = "the certificate of Sealed Secrets on the cluster: kubeseal --fetch-cert > <file>";
    yield problemOf(place, `${JSON.stringify(certificate)} ${problem}`, expected);
  }
  for (const cluster of clusters ?? []) {
    if (Object.hasOwn(certificates, cluster)) continue;
    const problem = `have none for workload cluster ${cluster}`;
    yield problemOf({ file, path }, problem, "one for each workload cluster");
  }
}

/** The names of the workload clusters; undefined if one of them is not valid, so that nothing can be concluded. */
function workloadClusterNames(file: EnvironmentFile): readonly string[] | undefined {
  const clusters = file.content?.spec?.workloadClusters;
  if (clusters === undefined) return undefined;
  const names = [...validItems(clusters)].flatMap(([, { name }]) => name ?? []);
  return names.length === clusters.length ? names : undefined;
}
