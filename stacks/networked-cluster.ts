import type { Provider } from "@pulumi/aws/provider.js";
import { EksCluster } from "../components/cluster/eks-cluster.ts";
import { ClusterNetwork } from "../components/network/cluster-network.ts";
import { keepsNodeCount } from "../manifests/cluster/node-group.ts";
import type { ClusterSpec, Environment } from "../model/environment.ts";
import { upgradeProblem } from "../model/kubernetes-version.ts";
import { clusterName } from "../model/naming.ts";
import { UserError } from "../model/user-error.ts";
import { availabilityZones } from "./availability-zones.ts";
import type { DeployedCluster } from "./contracts.ts";
import { readDeployedCluster } from "./stack-outputs.ts";

/** A cluster and the network that was made for it. */
export interface NetworkedCluster {
  readonly network: ClusterNetwork;
  readonly cluster: EksCluster;
}

/**
 * Makes the network of a cluster and the cluster in it: the same for the platform cluster and for workload clusters.
 *
 * @throws UserError before anything is made, if the region has too few availability zones, or the cluster cannot go from the
 * version of Kubernetes that it has to the one that it is to have
 */
export async function networkedCluster(
  environment: Environment,
  spec: ClusterSpec,
  provider: Provider,
): Promise<NetworkedCluster> {
  const [zoneNames, deployed] = await Promise.all([
    availabilityZones(environment, spec, provider),
    readDeployedCluster(),
  ]);
  refuseUpgrade(environment, spec, deployed);
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
      keepsNodeCount: keepsNodeCount(deployed?.minNodes, spec.nodes.min),
    },
    { providers: { aws: provider } },
  );
  return { network, cluster };
}

function refuseUpgrade(
  environment: Environment,
  spec: ClusterSpec,
  deployed: DeployedCluster | undefined,
): void {
  const problem = upgradeProblem(deployed?.kubernetesVersion, spec.kubernetesVersion);
  if (problem === undefined) return;
  throw new UserError(`environments/${environment.name}.yaml: cluster "${spec.name}" ${problem}`);
}
