import type { ClusterSpec, Environment } from "./environment.ts";
import type { Workload } from "./team.ts";

/**
 * The workload clusters that a workload runs on: those it names, and those that carry all the labels it asks for; sorted by
 * name. Never the platform cluster. A name that no workload cluster has is passed over; validation reports it.
 */
export function placeWorkload(
  workload: Pick<Workload, "placement">,
  environment: Pick<Environment, "workloadClusters">,
): readonly ClusterSpec[] {
  const { clusters = [], clusterLabels } = workload.placement;
  return environment.workloadClusters
    .filter(
      (cluster) =>
        clusters.includes(cluster.name) ||
        (clusterLabels !== undefined && hasLabels(cluster.labels, clusterLabels)),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whether `labels` has every label of `wanted`. An empty selection selects nothing, lest a slip of the pen place a workload everywhere. */
export function hasLabels(
  labels: Readonly<Record<string, string | undefined>>,
  wanted: Readonly<Record<string, string | undefined>>,
): boolean {
  const entries = Object.entries(wanted);
  return entries.length > 0 && entries.every(([key, value]) => labels[key] === value);
}
