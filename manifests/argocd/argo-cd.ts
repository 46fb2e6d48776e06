/** The namespace that Argo CD and all its objects live in, on the platform cluster. */
export const ARGOCD_NAMESPACE = "argocd";

/** The address by which Argo CD knows the cluster it runs on, whatever that cluster's public address is. */
export const IN_CLUSTER_SERVER = "https://kubernetes.default.svc";

/** API version of Argo CD's own kinds. */
export const ARGOCD_API_VERSION = "argoproj.io/v1alpha1";

/** Label by which Argo CD finds the Secrets that are its configuration, with the value `cluster` or `repository`. */
export const SECRET_TYPE_LABEL = "argocd.argoproj.io/secret-type";

/**
 * The ServiceAccounts of Argo CD that talk to clusters, and so assume its management role.
 * Names as in the official manifests.
 */
export const CLUSTER_FACING_SERVICE_ACCOUNTS = [
  "argocd-application-controller",
  "argocd-applicationset-controller",
  "argocd-server",
] as const;
