import * as pulumi from "@pulumi/pulumi";
import { natsSecretMetadata } from "../../../manifests/workload/nats-secret.ts";
import { sealedSecret } from "../../../manifests/workload/sealed-secret.ts";
import { toYaml } from "../../../manifests/yaml.ts";
import { credentialFile } from "../../../model/naming.ts";
import { SealedSecretData } from "../sealed-secret-data.ts";
import type { CredentialDelivery, CredentialDeliveryArgs } from "./credential-delivery.ts";

/**
 * Delivers credentials by the state store, sealed for each cluster, where Sealed Secrets makes the Secret.
 *
 * @throws Error if a cluster has no certificate: validation has to refuse that first
 */
export function deliverAsSealedSecret(
  name: string,
  args: CredentialDeliveryArgs,
  { certificates }: { readonly certificates: Readonly<Record<string, string>> },
): CredentialDelivery {
  const { workload, user, creds } = args;
  const metadata = natsSecretMetadata(workload, user);
  const sealed = args.clusters.map((cluster) => {
    const certificate = certificates[cluster.name];
    if (certificate === undefined) throw new Error(`There is no certificate of the cluster ${cluster.name}.`);
    const data = new SealedSecretData(`${name}-${cluster.name}`, {
      namespace: metadata.namespace,
      name: metadata.name,
      certificate,
      data: creds,
    });
    return { data, path: credentialFile(workload.system, workload.workload, cluster.name, user) };
  });
  const texts = sealed.map(({ data, path }) =>
    data.encryptedData.apply(
      (encryptedData) => [path, toYaml(sealedSecret(workload, user, encryptedData))] as const,
    ),
  );
  return {
    resources: sealed.map(({ data }) => data),
    files: pulumi.all(texts).apply((entries) => Object.fromEntries(entries)),
  };
}
