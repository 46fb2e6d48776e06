import type { V1Service } from "@kubernetes/client-node";
import { namespaceName } from "../../model/naming.ts";
import { selectorLabels, type WorkloadIdentifiers, workloadLabels } from "../labels.ts";

/** Name of the port that a workload's container, Service and probes share. */
export const PORT_NAME = "http";

/** The Service of a workload, under the workload's name, on the port that the container listens on. */
export function workloadService(ids: WorkloadIdentifiers, port: number): V1Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: ids.workload,
      namespace: namespaceName(ids.system),
      labels: workloadLabels(ids),
    },
    spec: {
      type: "ClusterIP",
      selector: selectorLabels(ids),
      ports: [{ name: PORT_NAME, port, targetPort: PORT_NAME, protocol: "TCP" }],
    },
  };
}
