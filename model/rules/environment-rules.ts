import { formatCidr, overlaps, parseCidr } from "../cidr.ts";
import type { FieldPath } from "../source/path.ts";
import type { Problem } from "../user-error.ts";
import { type EnvironmentFile, forEachRepeated, formatPlace, problemOf, validItems } from "./input-file.ts";

type SalvagedCluster = NonNullable<
  NonNullable<NonNullable<EnvironmentFile["content"]>["spec"]>["platformCluster"]
>;

/** The name under which Argo CD knows the cluster it runs on. */
const ARGOCD_OWN_CLUSTER = "in-cluster";

/** All clusters of an environment, as far as they are valid, the platform cluster first. */
export function declaredClusters(
  file: EnvironmentFile,
): readonly { readonly path: FieldPath; readonly cluster: SalvagedCluster }[] {
  const spec = file.content?.spec;
  const platform = spec?.platformCluster;
  return [
    ...(platform === undefined ? [] : [{ path: ["spec", "platformCluster"], cluster: platform }]),
    ...[...validItems(spec?.workloadClusters)].map(([index, cluster]) => ({
      path: ["spec", "workloadClusters", index],
      cluster,
    })),
  ];
}

/** What is wrong within one environment, beyond single fields. */
export function checkEnvironment(file: EnvironmentFile): readonly Problem[] {
  return [...checkName(file), ...checkClusterNames(file), ...checkNetworks(file), ...checkArgocd(file)];
}

function* checkName(file: EnvironmentFile): Generator<Problem> {
  const name = file.content?.metadata?.name;
  if (name !== undefined && name !== file.name) {
    const problem = `is ${JSON.stringify(name)}, but the file is ${file.name}.yaml`;
    yield problemOf({ file, path: ["metadata", "name"] }, problem, file.name);
  }
}

function checkClusterNames(file: EnvironmentFile): readonly Problem[] {
  const problems: Problem[] = [];
  const clusters = declaredClusters(file).flatMap(({ path, cluster }) =>
    cluster.name === undefined ? [] : [{ file, path: [...path, "name"], name: cluster.name }],
  );
  forEachRepeated(clusters, (repeated, first) => {
    const problem = `"${repeated.name}" is also the name of the cluster at ${formatPlace(first)}`;
    problems.push(problemOf(repeated, problem, "another name: each cluster of an environment has its own"));
  });
  for (const cluster of clusters) {
    if (cluster.name === ARGOCD_OWN_CLUSTER) {
      const problem = `"${cluster.name}" is what Argo CD calls the cluster that it runs on`;
      problems.push(problemOf(cluster, problem, "another name"));
    }
  }
  return problems;
}

function* checkNetworks(file: EnvironmentFile): Generator<Problem> {
  const blocks = declaredClusters(file).flatMap(({ path, cluster }) => {
    const cidr = cluster.network?.cidr === undefined ? undefined : parseCidr(cluster.network.cidr);
    return cidr === undefined ? [] : [{ file, path: [...path, "network", "cidr"], cidr }];
  });
  for (const [index, block] of blocks.entries()) {
    const other = blocks.slice(0, index).find(({ cidr }) => overlaps(cidr, block.cidr));
    if (other === undefined) continue;
    const problem = `${formatCidr(block.cidr)} overlaps ${formatCidr(other.cidr)} at ${formatPlace(other)}`;
    yield problemOf(block, problem, "a block that no other cluster of the environment uses");
  }
}

/** Two environments that commit to one place would undo each other's work, as happens when a file is copied and not adapted. */
export function* checkStateStore(
  file: EnvironmentFile,
  others: readonly EnvironmentFile[],
): Generator<Problem> {
  const own = stateStorePlace(file);
  if (own === undefined) return;
  const path = ["spec", "stateStore", "url"];
  for (const other of others.filter((candidate) => stateStorePlace(candidate) === own)) {
    const place = formatPlace({ file: other, path });
    const problem = `is the state store of environment ${other.name} too, with the same branch, at ${place}`;
    yield problemOf({ file, path }, problem, "a repository or a branch of its own");
  }
}

/** Repository and branch in one form, however the URL is written. */
function stateStorePlace(file: EnvironmentFile): string | undefined {
  const { url, branch } = file.content?.spec?.stateStore ?? {};
  if (url === undefined || branch === undefined) return undefined;
  return `${new URL(url).href.replace(/\/*(?:\.git)?\/*$/, "")}#${branch}`;
}

/** The version that the URL of the manifests is pinned to must be the one declared: whoever upgrades changes both. */
function* checkArgocd(file: EnvironmentFile): Generator<Problem> {
  const { version, manifests } = file.content?.spec?.argocd ?? {};
  if (version === undefined || manifests === undefined || !manifests.startsWith("https:")) return;
  const pinned = manifests.split("/").find((segment) => /^v\d+\.\d+\.\d+/.test(segment));
  if (pinned === undefined || pinned === version) return;
  const problem = `installs ${pinned}, but argocd.version is ${version}`;
  yield problemOf({ file, path: ["spec", "argocd", "manifests"] }, problem, `the manifests of ${version}`);
}
