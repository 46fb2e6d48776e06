import {
  applicationName,
  applicationsDirectory,
  namespaceName,
  projectName,
  stateStoreTeamDirectory,
  systemApplicationName,
  workloadDirectory,
} from "../../model/naming.ts";
import { HAULWAY_DOMAIN, systemLabels, type WorkloadIdentifiers, workloadLabels } from "../labels.ts";
import { SYSTEMS_PROJECT } from "./app-project.ts";
import { ARGOCD_API_VERSION, ARGOCD_NAMESPACE, IN_CLUSTER_SERVER } from "./argo-cd.ts";

/** An Argo CD Application, with the fields that Haulway sets. */
export interface Application {
  readonly apiVersion: typeof ARGOCD_API_VERSION;
  readonly kind: "Application";
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly finalizers: string[];
  };
  readonly spec: {
    readonly project: string;
    readonly source: {
      readonly repoURL: string;
      readonly targetRevision: string;
      readonly path: string;
    };
    readonly destination: { readonly namespace: string; readonly name?: string; readonly server?: string };
    readonly syncPolicy: typeof SYNC_POLICY;
  };
}

/** Where the rendered manifests are: a git repository and its branch. */
export interface StateStoreSource {
  readonly url: string;
  readonly branch: string;
}

/**
 * Makes Argo CD delete, before an Application itself, everything it holds, each object after its dependents. Without it a
 * deleted Application would leave its workload running.
 */
const FOREGROUND_CASCADE = "resources-finalizer.argocd.argoproj.io";

/** What is in git is what runs: changed by a commit, undone when changed by hand, removed when git no longer has it. */
const SYNC_POLICY = {
  automated: { prune: true, selfHeal: true },
  syncOptions: ["PruneLast=true"],
  // Without end: a cluster that was away for an hour is brought up to date when it is back, not at the next commit.
  retry: { limit: -1, backoff: { duration: "5s", factor: 2, maxDuration: "3m" } },
} as const;

/** The Application of one workload on one cluster. It lives in git, in the directory that its system's Application reads. */
export function workloadApplication(
  ids: WorkloadIdentifiers,
  cluster: { readonly name: string; readonly eksName: string },
  source: StateStoreSource,
): Application {
  return application({
    name: applicationName(ids.system, ids.workload, cluster.name),
    labels: { ...workloadLabels(ids), [`${HAULWAY_DOMAIN}/cluster`]: cluster.name },
    project: projectName(ids.team),
    source,
    path: workloadDirectory(ids.system, ids.workload, cluster.name),
    team: ids.team,
    destination: { name: cluster.eksName, namespace: namespaceName(ids.system) },
  });
}

/** The Application of a system: an App of Apps, whose objects are the Applications of the system's workloads. */
export function systemApplication(
  ids: Pick<WorkloadIdentifiers, "environment" | "team" | "system">,
  source: StateStoreSource,
): Application {
  return application({
    name: systemApplicationName(ids.system),
    labels: systemLabels(ids),
    project: SYSTEMS_PROJECT,
    source,
    path: applicationsDirectory(ids.system),
    team: ids.team,
    destination: { server: IN_CLUSTER_SERVER, namespace: ARGOCD_NAMESPACE },
  });
}

function application(args: {
  name: string;
  labels: Readonly<Record<string, string>>;
  project: string;
  source: StateStoreSource;
  /** Relative to the team's directory in the state store. */
  path: string;
  team: string;
  destination: Application["spec"]["destination"];
}): Application {
  return {
    apiVersion: ARGOCD_API_VERSION,
    kind: "Application",
    metadata: {
      name: args.name,
      namespace: ARGOCD_NAMESPACE,
      labels: args.labels,
      finalizers: [FOREGROUND_CASCADE],
    },
    spec: {
      project: args.project,
      source: {
        repoURL: args.source.url,
        targetRevision: args.source.branch,
        path: `${stateStoreTeamDirectory(args.team)}/${args.path}`,
      },
      destination: args.destination,
      syncPolicy: SYNC_POLICY,
    },
  };
}
