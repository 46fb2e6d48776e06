import { isSupported, minorOf } from "../kubernetes-version.ts";
import { partitionOf } from "../partition.ts";
import { fewZones } from "../region.ts";
import { arnPartition } from "../schema/aws.ts";
import type { Problem } from "../user-error.ts";
import { declaredClusters } from "./environment-rules.ts";
import { type EnvironmentFile, formatPlace, problemOf, validItems } from "./input-file.ts";

/** What is wrong with the clusters of one environment, in the region that they are in and beside each other. */
export function checkClusters(file: EnvironmentFile): readonly Problem[] {
  return [
    ...checkVersions(file),
    ...checkZones(file),
    ...checkInterfaceEndpoints(file),
    ...checkAdministrators(file),
  ];
}

function* checkZones(file: EnvironmentFile): Generator<Problem> {
  const region = file.content?.spec?.aws?.region;
  const known = region === undefined ? undefined : fewZones(region);
  if (region === undefined || known === undefined) return;
  for (const { path, cluster } of declaredClusters(file)) {
    const zones = cluster.network?.zones;
    if (zones === undefined || zones <= known) continue;
    const problem = `is ${zones}, but region ${region} has ${known} zones that EKS takes`;
    yield problemOf({ file, path: [...path, "network", "zones"] }, problem, `${known}, or another region`);
  }
}

/** The services in China have names of two kinds, which nothing here tells apart. */
function* checkInterfaceEndpoints(file: EnvironmentFile): Generator<Problem> {
  const region = file.content?.spec?.aws?.region;
  if (region === undefined || partitionOf(region) !== "aws-cn") return;
  for (const { path, cluster } of declaredClusters(file)) {
    if (cluster.network?.interfaceEndpoints !== "standard") continue;
    const place = { file, path: [...path, "network", "interfaceEndpoints"] };
    yield problemOf(place, `is standard, which is not supported in region ${region}`, "none");
  }
}

/** Argo CD and the tools of the platform cluster are brought up to a version before any cluster that they manage has it. */
function* checkVersions(file: EnvironmentFile): Generator<Problem> {
  const platform = file.content?.spec?.platformCluster?.kubernetesVersion;
  if (platform === undefined || !isSupported(platform)) return;
  const place = formatPlace({ file, path: ["spec", "platformCluster", "kubernetesVersion"] });
  for (const { path, cluster } of declaredClusters(file)) {
    const version = cluster.kubernetesVersion;
    if (version === undefined || minorOf(version) <= minorOf(platform)) continue;
    const problem = `is newer than that of the platform cluster, ${platform} at ${place}, which is upgraded first`;
    yield problemOf({ file, path: [...path, "kubernetesVersion"] }, problem, `"${platform}" or older`);
  }
}

/** A role of another partition can never be had here. */
function* checkAdministrators(file: EnvironmentFile): Generator<Problem> {
  const region = file.content?.spec?.aws?.region;
  if (region === undefined) return;
  const partition = partitionOf(region);
  for (const { path, cluster } of declaredClusters(file)) {
    for (const [index, arn] of validItems(cluster.administrators)) {
      const found = arnPartition(arn);
      if (found === undefined || found === partition) continue;
      const problem = `is in the partition ${found}, but region ${region} is in ${partition}`;
      const place = { file, path: [...path, "administrators", index] };
      yield problemOf(place, problem, `a role whose ARN begins with arn:${partition}:`);
    }
  }
}
