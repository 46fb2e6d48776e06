import type { V1PodDisruptionBudget } from "@kubernetes/client-node";
import { namespaceName } from "../../model/naming.ts";
import { selectorLabels, type WorkloadIdentifiers, workloadLabels } from "../labels.ts";

/**
 * Lets a node drain take one pod of the workload at a time. None for a workload of one replica: a budget that can never be
 * met would only stop every drain.
 */
export function workloadDisruptionBudget(
  ids: WorkloadIdentifiers,
  replicas: number,
): V1PodDisruptionBudget | undefined {
  if (replicas < 2) return undefined;
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: {
      name: ids.workload,
      namespace: namespaceName(ids.system),
      labels: workloadLabels(ids),
    },
    spec: { maxUnavailable: 1, selector: { matchLabels: selectorLabels(ids) } },
  };
}
