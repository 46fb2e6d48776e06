import type { ClusterMetadata } from "../manifests/argocd/cluster-secret.ts";
import type { ClusterSpec, Environment } from "../model/environment.ts";
import { clusterName } from "../model/naming.ts";

/** What Argo CD is told of a cluster of the environment. */
export function clusterMetadata(
  environment: Environment,
  cluster: ClusterSpec,
  role: ClusterMetadata["role"],
): ClusterMetadata {
  return {
    environment: environment.name,
    name: cluster.name,
    eksName: clusterName(environment.name, cluster.name),
    role,
    kubernetesVersion: cluster.kubernetesVersion,
    labels: cluster.labels,
    accountId: environment.aws.accountId,
    region: environment.aws.region,
  };
}
