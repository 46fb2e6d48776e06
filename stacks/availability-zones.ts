import { getAvailabilityZones } from "@pulumi/aws/getAvailabilityZones.js";
import type { Provider } from "@pulumi/aws/provider.js";
import { chooseZones } from "../manifests/network/zones.ts";
import type { ClusterSpec, Environment } from "../model/environment.ts";
import { ZONES_WITHOUT_EKS } from "../model/region.ts";
import { UserError } from "../model/user-error.ts";

/**
 * The availability zones of a cluster's network, read from AWS: those of the region that every account has and EKS takes, without
 * local zones.
 *
 * @throws UserError if the region has fewer than the cluster is to have
 */
export async function availabilityZones(
  environment: Environment,
  cluster: ClusterSpec,
  provider: Provider,
): Promise<readonly string[]> {
  const { names } = await getAvailabilityZones(
    {
      state: "available",
      filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
      excludeZoneIds: [...ZONES_WITHOUT_EKS],
    },
    { provider },
  );
  const { zones } = cluster.network;
  const chosen = chooseZones(names, zones);
  if (chosen !== undefined) return chosen;
  throw new UserError(
    `environments/${environment.name}.yaml: network.zones of cluster "${cluster.name}" is ${zones}, but EKS can use only ` +
      `${names.length} in region ${environment.aws.region}: ${names.join(", ") || "none"}. ` +
      "Lower network.zones, or choose another region.",
  );
}
