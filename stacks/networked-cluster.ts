import type { Provider } from "@pulumi/aws/provider.js";
import { EksCluster } from "../components/cluster/eks-cluster.ts";
import { ClusterNetwork } from "../components/network/cluster-network.ts";
import type { ClusterSpec, Environment } from "../model/environment.ts";
import { clusterName } from "../model/naming.ts";

/** A cluster and the network that was made for it. */
export interface NetworkedCluster {
  readonly network: ClusterNetwork;
  readonly cluster: EksCluster;
}

/** Makes the network of a cluster and the cluster in it: the same for the platform cluster and for workload clusters. */
export function networkedCluster(
  environment: Environment,
  spec: ClusterSpec,
  provider: Provider,
): NetworkedCluster {
  const eksName = clusterName(environment.name, spec.name);
  const network = new ClusterNetwork(
    spec.name,
    { network: spec.network, clusterName: eksName },
    { providers: { aws: provider } },
  );
  const cluster = new EksCluster(
    spec.name,
    { clusterName: eksName, kubernetesVersion: spec.kubernetesVersion, nodes: spec.nodes, ...network.ids },
    { providers: { aws: provider } },
  );
  return { network, cluster };
}
