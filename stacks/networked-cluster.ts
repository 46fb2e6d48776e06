import type { Provider } from "@pulumi/aws/provider.js";
import { EksCluster } from "../components/cluster/eks-cluster.ts";
import { ClusterNetwork } from "../components/network/cluster-network.ts";
import type { ClusterSpec, Environment } from "../model/environment.ts";
import { clusterName } from "../model/naming.ts";
import { availabilityZones } from "./availability-zones.ts";

/** A cluster and the network that was made for it. */
export interface NetworkedCluster {
  readonly network: ClusterNetwork;
  readonly cluster: EksCluster;
}

/**
 * Makes the network of a cluster and the cluster in it: the same for the platform cluster and for workload clusters.
 *
 * @throws UserError before anything is made, if the region has too few availability zones
 */
export async function networkedCluster(
  environment: Environment,
  spec: ClusterSpec,
  provider: Provider,
): Promise<NetworkedCluster> {
  const zoneNames = await availabilityZones(environment, spec, provider);
  const eksName = clusterName(environment.name, spec.name);
  const network = new ClusterNetwork(
    spec.name,
    { network: spec.network, clusterName: eksName, zoneNames, ...environment.aws },
    { providers: { aws: provider } },
  );
  const cluster = new EksCluster(
    spec.name,
    {
      ...network.ids,
      clusterName: eksName,
      region: environment.aws.region,
      cluster: spec,
      keepsNodeCount: true,
    },
    { providers: { aws: provider } },
  );
  return { network, cluster };
}
