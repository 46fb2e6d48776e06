import { ClusterRegistration } from "../components/gitops/cluster-registration.ts";
import type { ClusterSpec, Environment } from "../model/environment.ts";
import { minorOf } from "../model/kubernetes-version.ts";
import { UserError } from "../model/user-error.ts";
import { clusterMetadata } from "./cluster-metadata.ts";
import type { ClusterOutputs, OutputsOf } from "./contracts.ts";
import { networkedCluster } from "./networked-cluster.ts";
import { awsProvider, kubernetesProvider } from "./providers.ts";
import { readPlatformOutputs } from "./stack-outputs.ts";

/**
 * The stack `<environment>.cluster.<name>`: one workload cluster in its network, registered with Argo CD.
 *
 * @throws UserError if the environment has no such workload cluster, or its platform stack does not exist, or the platform cluster
 * has an older version of Kubernetes than this one is to have
 */
export async function clusterStack(
  environment: Environment,
  name: string,
): Promise<OutputsOf<ClusterOutputs>> {
  const spec = findCluster(environment, name);
  const platform = await readPlatformOutputs(environment.name);
  refuseBeforePlatform(environment, spec, platform.deployed?.kubernetesVersion);
  const aws = awsProvider(environment);
  const hub = kubernetesProvider(environment.platformCluster.name, platform.cluster);

  const { cluster } = await networkedCluster(environment, spec, aws);
  new ClusterRegistration(
    spec.name,
    {
      cluster: clusterMetadata(environment, spec, "workload"),
      clusterName: cluster.connection.name,
      endpoint: cluster.connection.endpoint,
      certificateAuthority: cluster.connection.certificateAuthority,
      managementRoleArn: platform.argocd.managementRoleArn,
    },
    { providers: { aws, kubernetes: hub } },
  );
  return { cluster: cluster.connection, deployed: cluster.deployed, labels: spec.labels };
}

/** The environment file has the platform cluster's version as it is to be; here is what it is. */
function refuseBeforePlatform(
  environment: Environment,
  spec: ClusterSpec,
  platform: string | undefined,
): void {
  if (platform === undefined || minorOf(spec.kubernetesVersion) <= minorOf(platform)) return;
  throw new UserError(
    `Cluster "${spec.name}" is to have Kubernetes ${spec.kubernetesVersion}, but the platform cluster, which is upgraded first, ` +
      `still has ${platform}. Run: pulumi up -s ${environment.name}`,
  );
}

function findCluster(environment: Environment, name: string): ClusterSpec {
  const spec = environment.workloadClusters.find((cluster) => cluster.name === name);
  if (spec !== undefined) return spec;
  const names = environment.workloadClusters.map((cluster) => cluster.name).join(", ");
  throw new UserError(
    `environments/${environment.name}.yaml has no workload cluster "${name}", expected one of: ${names || "none is defined"}. ` +
      `To remove a cluster that is no longer wanted: pulumi destroy -s ${environment.name}.cluster.${name}`,
  );
}
