/**
 * Regions in which a new account has fewer than three availability zones that EKS takes. Source: AWS's list of regions, less the
 * zones in {@link ZONES_WITHOUT_EKS}. Of a region that is not here, AWS itself is asked before anything is made.
 */
const FEW_ZONES: Readonly<Record<string, number>> = { "us-west-1": 2 };

/**
 * Zones, by the ids that are the same in every account, in which the subnets of a control plane must not be.
 * https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
 */
export const ZONES_WITHOUT_EKS: readonly string[] = ["use1-az3", "usw1-az2", "cac1-az3"];

/** The number of zones of a region, where it is known to be less than three. */
export function fewZones(region: string): number | undefined {
  return FEW_ZONES[region];
}
