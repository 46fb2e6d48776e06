import { namespaceName, projectName } from "../../model/naming.ts";
import { HAULWAY_DOMAIN, MANAGED_BY, teamLabels, type WorkloadIdentifiers } from "../labels.ts";
import { ARGOCD_API_VERSION, ARGOCD_NAMESPACE, IN_CLUSTER_SERVER } from "./argo-cd.ts";

/** The AppProject of the Applications of systems. Owned by the platform; see {@link systemsProject}. */
export const SYSTEMS_PROJECT = "systems";

/** An Argo CD AppProject, with the fields that Haulway sets. */
export interface AppProject {
  readonly apiVersion: typeof ARGOCD_API_VERSION;
  readonly kind: "AppProject";
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly description: string;
    readonly sourceRepos: readonly string[];
    readonly destinations: readonly AppProjectDestination[];
    readonly clusterResourceWhitelist: readonly GroupKind[];
    readonly namespaceResourceWhitelist: readonly GroupKind[];
  };
}

/** One namespace on one cluster that a project's Applications may write to. */
export interface AppProjectDestination {
  readonly server: string;
  readonly name?: string;
  readonly namespace: string;
}

interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

/** A cluster as Argo CD knows it: its name, and the URL of its API. */
export interface ArgoCdCluster {
  readonly name: string;
  readonly server: string;
}

/**
 * What a team's Applications may hold: exactly the kinds that Haulway renders for a workload. A kind is added here with the
 * first manifest of that kind.
 */
const WORKLOAD_KINDS: readonly GroupKind[] = [
  { group: "", kind: "Service" },
  { group: "", kind: "ServiceAccount" },
  { group: "apps", kind: "Deployment" },
  { group: "bitnami.com", kind: "SealedSecret" },
  { group: "external-secrets.io", kind: "ExternalSecret" },
  { group: "policy", kind: "PodDisruptionBudget" },
];

/**
 * The AppProject of a team. Its Applications read the state store alone, and write to the namespaces of the team's systems
 * on the clusters where they are placed; nothing cluster-scoped, nothing anywhere else.
 */
export function teamProject(
  ids: Pick<WorkloadIdentifiers, "environment" | "team">,
  stateStoreUrl: string,
  placements: readonly { readonly system: string; readonly clusters: readonly ArgoCdCluster[] }[],
): AppProject {
  return {
    apiVersion: ARGOCD_API_VERSION,
    kind: "AppProject",
    metadata: { name: projectName(ids.team), namespace: ARGOCD_NAMESPACE, labels: teamLabels(ids) },
    spec: {
      description: `Workloads of team ${ids.team}`,
      sourceRepos: [stateStoreUrl],
      destinations: placements.flatMap(({ system, clusters }) =>
        clusters.map(({ name, server }) => ({ server, name, namespace: namespaceName(system) })),
      ),
      clusterResourceWhitelist: [],
      namespaceResourceWhitelist: WORKLOAD_KINDS,
    },
  };
}

/**
 * The AppProject of the Applications of systems, which hold Applications and nothing else, in Argo CD's own namespace. Only
 * the platform writes to the state store, and so decides which project those Applications belong to.
 */
export function systemsProject(environment: string, stateStoreUrl: string): AppProject {
  return {
    apiVersion: ARGOCD_API_VERSION,
    kind: "AppProject",
    metadata: {
      name: SYSTEMS_PROJECT,
      namespace: ARGOCD_NAMESPACE,
      labels: {
        "app.kubernetes.io/managed-by": MANAGED_BY,
        [`${HAULWAY_DOMAIN}/environment`]: environment,
      },
    },
    spec: {
      description: "Systems of all teams: each an Application of Applications",
      sourceRepos: [stateStoreUrl],
      destinations: [{ server: IN_CLUSTER_SERVER, namespace: ARGOCD_NAMESPACE }],
      clusterResourceWhitelist: [],
      namespaceResourceWhitelist: [{ group: "argoproj.io", kind: "Application" }],
    },
  };
}
