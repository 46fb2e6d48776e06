import { nearestWord } from "../nearest-word.ts";
import { partitionOf } from "../partition.ts";
import { hasLabels } from "../placement.ts";
import { arnPartition } from "../schema/aws.ts";
import type { Problem } from "../user-error.ts";
import { type DeclaredWorkload, declaredWorkloads } from "./declared-workloads.ts";
import { type EnvironmentFile, problemOf, type TeamFile, validItems } from "./input-file.ts";

/** What is wrong with teams in the light of an environment: where their workloads run, and what they may do there. */
export function checkPlacements(
  environment: EnvironmentFile,
  teams: readonly TeamFile[],
): readonly Problem[] {
  return declaredWorkloads(teams).flatMap((workload) => [
    ...checkNamedClusters(environment, workload),
    ...checkClusterLabels(environment, workload),
    ...checkPartitions(environment, workload),
  ]);
}

/** The valid values of a field of every workload cluster; undefined if not all of them are valid, so that nothing can be concluded. */
function ofAllClusters<Key extends "name" | "labels">(environment: EnvironmentFile, key: Key) {
  const clusters = environment.content?.spec?.workloadClusters;
  if (clusters === undefined || clusters.some((cluster) => cluster?.[key] === undefined)) return undefined;
  return clusters.flatMap((cluster) => {
    const value = cluster?.[key];
    return value === undefined ? [] : [value];
  });
}

function* checkNamedClusters(
  environment: EnvironmentFile,
  { file, path, workload }: DeclaredWorkload,
): Generator<Problem> {
  const known = ofAllClusters(environment, "name");
  if (known === undefined) return;
  const platform = environment.content?.spec?.platformCluster?.name;
  const expected =
    known.length === 0 ? "a workload cluster, of which there is none" : `one of ${list(known)}`;
  for (const [index, name] of validItems(workload.placement?.clusters)) {
    if (known.includes(name)) continue;
    const place = { file, path: [...path, "placement", "clusters", index] };
    const nearest = nearestWord(name, known);
    const problem =
      name === platform
        ? `"${name}" is the platform cluster of environment ${environment.name}, which runs no workloads`
        : `environment ${environment.name} has no workload cluster "${name}"${nearest === undefined ? "" : ` (did you mean ${nearest}?)`}`;
    yield problemOf(place, problem, expected);
  }
}

function* checkClusterLabels(
  environment: EnvironmentFile,
  { file, path, workload }: DeclaredWorkload,
): Generator<Problem> {
  const wanted = workload.placement?.clusterLabels;
  const labels = ofAllClusters(environment, "labels");
  if (wanted === undefined || Object.keys(wanted).length === 0 || labels === undefined) return;
  if (labels.some((candidate) => hasLabels(candidate, wanted))) return;
  const names = ofAllClusters(environment, "name") ?? [];
  const existing = names.map((name, index) => `${name} ${formatLabels(labels[index] ?? {})}`);
  const problem = `no workload cluster of environment ${environment.name} has the labels ${formatLabels(wanted)}`;
  yield problemOf(
    { file, path: [...path, "placement", "clusterLabels"] },
    problem,
    existing.length === 0 ? "labels of a workload cluster" : `labels of one of ${list(existing)}`,
  );
}

/** An ARN of another partition can never match: AWS, AWS in China and GovCloud know nothing of each other. */
function* checkPartitions(
  environment: EnvironmentFile,
  { file, path, workload }: DeclaredWorkload,
): Generator<Problem> {
  const region = environment.content?.spec?.aws?.region;
  if (region === undefined) return;
  const partition = partitionOf(region);
  for (const [index, permission] of validItems(workload.permissions)) {
    for (const [position, arn] of validItems(permission.resources)) {
      const found = arnPartition(arn);
      if (found === undefined || found === partition) continue;
      const place = { file, path: [...path, "permissions", index, "resources", position] };
      const problem = `is in the partition ${found}, but environment ${environment.name} is in region ${region}`;
      yield problemOf(place, problem, `an ARN that begins with arn:${partition}:`);
    }
  }
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}: ${value}`);
  return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
}

function list(items: readonly string[]): string {
  return items.join(", ");
}
