import { isGraviton } from "../../model/cluster.ts";

/**
 * The EKS-optimized Amazon Linux 2023 image that instances of these types can run; EKS does not find out by itself. The
 * types of one node group are all of one processor architecture, which the environment's validation checks.
 */
export function nodeImageType(
  instanceTypes: readonly string[],
): "AL2023_ARM_64_STANDARD" | "AL2023_x86_64_STANDARD" {
  return instanceTypes.some(isGraviton) ? "AL2023_ARM_64_STANDARD" : "AL2023_x86_64_STANDARD";
}

/**
 * How many nodes there are now is an autoscaler's business, unless there are fewer than there must be: EKS refuses a fewest number
 * above the present one.
 *
 * @param deployedMin fewest nodes of the group as it is; undefined if it does not exist
 */
export function keepsNodeCount(deployedMin: number | undefined, min: number): boolean {
  return deployedMin === undefined || min <= deployedMin;
}
