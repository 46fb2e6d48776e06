import { partitionOf } from "../partition.ts";
import { fewZones } from "../region.ts";
import type { Problem } from "../user-error.ts";
import { declaredClusters } from "./environment-rules.ts";
import { type EnvironmentFile, problemOf } from "./input-file.ts";

/** What is wrong with the clusters of one environment, in the region that they are in and beside each other. */
export function checkClusters(file: EnvironmentFile): readonly Problem[] {
  return [...checkZones(file), ...checkInterfaceEndpoints(file)];
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
