/** The minor versions of Kubernetes that clusters can have, the oldest first. Source: the releases that EKS supports as standard. */
export const KUBERNETES_VERSIONS = ["1.33", "1.34", "1.35", "1.36"] as const;

/** A minor version of Kubernetes that clusters can have. */
export type KubernetesVersion = (typeof KUBERNETES_VERSIONS)[number];

/** Whether clusters can have a version. */
export function isSupported(version: string): version is KubernetesVersion {
  return KUBERNETES_VERSIONS.some((supported) => supported === version);
}

/** The minor number of a version of Kubernetes: 36 of `1.36`. */
export function minorOf(version: string): number {
  return Number(version.split(".")[1]);
}

/**
 * What is wrong with a change of a cluster's version, and the way out; undefined if nothing is.
 *
 * @param deployed version that the cluster has now; undefined if it does not exist
 */
export function upgradeProblem(deployed: string | undefined, wanted: string): string | undefined {
  if (deployed === undefined) return undefined;
  const steps = minorOf(wanted) - minorOf(deployed);
  if (steps < 0) {
    return `runs Kubernetes ${deployed}, and EKS never goes back to ${wanted}. Set kubernetesVersion to "${deployed}".`;
  }
  if (steps <= 1) return undefined;
  const next = `1.${minorOf(deployed) + 1}`;
  return (
    `runs Kubernetes ${deployed}, and EKS goes up by one minor version at a time, not to ${wanted} at once. ` +
    `Set kubernetesVersion to "${next}" and bring it up; then raise it by one again.`
  );
}
