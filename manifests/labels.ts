/** The prefix of every label and annotation that Haulway defines. */
export const HAULWAY_DOMAIN = "haulway.dev";

/** Value of `app.kubernetes.io/managed-by` on everything that Haulway makes. */
export const MANAGED_BY = "haulway";

/** A workload within its system and team: what its objects are called and labelled by. */
export interface WorkloadIdentifiers {
  readonly environment: string;
  readonly team: string;
  readonly system: string;
  readonly workload: string;
}

/**
 * The labels that select a workload's pods. A Deployment's selector cannot change, so these never carry anything but the
 * names.
 */
export function selectorLabels(ids: Pick<WorkloadIdentifiers, "system" | "workload">): {
  readonly "app.kubernetes.io/name": string;
  readonly "app.kubernetes.io/part-of": string;
} {
  return { "app.kubernetes.io/name": ids.workload, "app.kubernetes.io/part-of": ids.system };
}

/**
 * The labels of every object of a workload: Kubernetes' recommended ones and the owning team.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 */
export function workloadLabels(ids: WorkloadIdentifiers): Record<string, string> {
  return {
    ...selectorLabels(ids),
    ...systemLabels(ids),
  };
}

/** The labels of every object that belongs to a system as a whole, such as its namespaces and its Application. */
export function systemLabels(
  ids: Pick<WorkloadIdentifiers, "environment" | "team" | "system">,
): Record<string, string> {
  return {
    "app.kubernetes.io/part-of": ids.system,
    ...teamLabels(ids),
  };
}

/** The labels of what belongs to a team as a whole, such as its AppProject. */
export function teamLabels(ids: Pick<WorkloadIdentifiers, "environment" | "team">): Record<string, string> {
  return {
    "app.kubernetes.io/managed-by": MANAGED_BY,
    [`${HAULWAY_DOMAIN}/environment`]: ids.environment,
    [`${HAULWAY_DOMAIN}/team`]: ids.team,
  };
}
