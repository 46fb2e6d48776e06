/** Instance families with Graviton processors have a `g` after their generation (`m7g`, `c7gn`); the first was `a1`. */
const GRAVITON = /^(?:a1|[a-z]+\d+[a-z]*g[a-z]*)\./;

/**
 * The EKS-optimized Amazon Linux 2023 image that instances of these types can run; EKS does not find out by itself. The
 * types of one node group are all of one processor architecture, which the environment's validation checks.
 */
export function nodeImageType(
  instanceTypes: readonly string[],
): "AL2023_ARM_64_STANDARD" | "AL2023_x86_64_STANDARD" {
  return instanceTypes.some((type) => GRAVITON.test(type))
    ? "AL2023_ARM_64_STANDARD"
    : "AL2023_x86_64_STANDARD";
}
