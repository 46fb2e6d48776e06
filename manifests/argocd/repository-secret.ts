import { MANAGED_BY } from "../labels.ts";
import { ARGOCD_NAMESPACE, SECRET_TYPE_LABEL } from "./argo-cd.ts";

/** Metadata of the Secret that gives Argo CD its access to the state store. */
export const STATE_STORE_SECRET_METADATA = {
  name: "state-store",
  namespace: ARGOCD_NAMESPACE,
  labels: { "app.kubernetes.io/managed-by": MANAGED_BY, [SECRET_TYPE_LABEL]: "repository" },
} as const;
