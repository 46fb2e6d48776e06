import { ArgoCd } from "../components/gitops/argo-cd.ts";
import { ArgoCdIdentity } from "../components/gitops/argo-cd-identity.ts";
import { ARGOCD_NAMESPACE } from "../manifests/argocd/argo-cd.ts";
import type { Environment } from "../model/environment.ts";
import { clusterMetadata } from "./cluster-metadata.ts";
import type { OutputsOf, PlatformOutputs } from "./contracts.ts";
import { loadInstallManifests } from "./install-manifests.ts";
import { networkedCluster } from "./networked-cluster.ts";
import { awsProvider, kubernetesProvider } from "./providers.ts";
import { readSecretVariable } from "./secret-variable.ts";

/** The stack `<environment>`: the platform cluster in its network, and Argo CD on it. */
export async function platformStack(environment: Environment): Promise<OutputsOf<PlatformOutputs>> {
  const spec = environment.platformCluster;
  const manifests = await loadInstallManifests(environment.argocd);
  const stateStorePassword = readSecretVariable(environment.stateStore.credentials.passwordFrom, process.env);
  const aws = awsProvider(environment);

  const { network, cluster } = await networkedCluster(environment, spec, aws);
  const identity = new ArgoCdIdentity(
    "argocd",
    {
      environment: environment.name,
      ...environment.aws,
      clusterName: cluster.connection.name,
    },
    { providers: { aws } },
  );
  const kubernetes = kubernetesProvider(spec.name, cluster.connection, {
    namespace: ARGOCD_NAMESPACE,
    // Nodes to run on, and the identity that pods get when they start, not later.
    dependsOn: [cluster, identity],
  });
  const argocd = new ArgoCd(
    "argocd",
    {
      environment,
      manifests,
      cluster: clusterMetadata(environment, spec, "platform"),
      kubeconfig: cluster.connection.kubeconfig,
      stateStorePassword,
    },
    { providers: { kubernetes } },
  );
  return {
    cluster: cluster.connection,
    deployed: cluster.deployed,
    argocd: { namespace: argocd.namespace, managementRoleArn: identity.roleArn },
    network: { vpcId: network.ids.vpcId },
  };
}
