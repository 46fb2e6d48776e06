import { ARGOCD_NAMESPACE } from "./argo-cd.ts";

/**
 * Name of the ConfigMap that holds Argo CD's settings. Argo CD ignores one that is not labelled as a part of it.
 */
export const SETTINGS_CONFIG_MAP = "argocd-cm";

/**
 * An Application is as healthy as what it holds, and progressing until it was looked at. Argo CD judges every kind but its
 * own; without this, an Application of Applications is healthy while its workloads fail.
 */
const APPLICATION_HEALTH = `\
local health = { status = "Progressing", message = "" }
if obj.status ~= nil and obj.status.health ~= nil and obj.status.health.status ~= nil then
  health.status = obj.status.health.status
  health.message = obj.status.health.message or ""
end
return health
`;

/** Metadata and data of the ConfigMap with Argo CD's settings. */
export function argoCdSettings(settings: {
  /** How often Argo CD looks for new commits, such as `180s`. */
  readonly reconciliation: string;
}): {
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  data: Record<string, string>;
} {
  return {
    metadata: {
      name: SETTINGS_CONFIG_MAP,
      namespace: ARGOCD_NAMESPACE,
      labels: {
        "app.kubernetes.io/name": SETTINGS_CONFIG_MAP,
        "app.kubernetes.io/part-of": "argocd",
      },
    },
    data: {
      // The default since version 3, but one on which the deletion of what is no longer in git depends.
      "application.resourceTrackingMethod": "annotation",
      "resource.customizations.health.argoproj.io_Application": APPLICATION_HEALTH,
      "timeout.reconciliation": settings.reconciliation,
    },
  };
}
