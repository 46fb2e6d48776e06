import { namespaceName } from "../model/naming.ts";
import { systemLabels, type WorkloadIdentifiers } from "./labels.ts";

/**
 * Metadata of the namespace of a system on one workload cluster. Its pods must meet the `restricted` Pod Security Standard, which the
 * Deployments of Haulway do: https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export function systemNamespace(ids: Pick<WorkloadIdentifiers, "environment" | "team" | "system">): {
  metadata: { name: string; labels: Record<string, string> };
} {
  return {
    metadata: {
      name: namespaceName(ids.system),
      labels: {
        ...systemLabels(ids),
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
      },
    },
  };
}
