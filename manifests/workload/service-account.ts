import type { V1ServiceAccount } from "@kubernetes/client-node";
import { namespaceName, serviceAccountName } from "../../model/naming.ts";
import { type WorkloadIdentifiers, workloadLabels } from "../labels.ts";

/**
 * The identity of a workload's pods. AWS knows it by a Pod Identity association, Kubernetes' own API it does not use: no
 * token of it is mounted.
 */
export function workloadServiceAccount(ids: WorkloadIdentifiers): V1ServiceAccount {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: {
      name: serviceAccountName(ids.workload),
      namespace: namespaceName(ids.system),
      labels: workloadLabels(ids),
    },
    automountServiceAccountToken: false,
  };
}
