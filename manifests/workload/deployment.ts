import type { V1Container, V1Deployment, V1PodSpec } from "@kubernetes/client-node";
import { namespaceName, serviceAccountName } from "../../model/naming.ts";
import { selectorLabels, type WorkloadIdentifiers, workloadLabels } from "../labels.ts";
import type { NatsPodSettings } from "./nats.ts";
import { PORT_NAME } from "./service.ts";

/** What is particular to one workload's Deployment. */
export interface WorkloadDeploymentArgs {
  /** Repository and tag. */
  readonly image: string;
  readonly port: number;
  readonly replicas: number;
  /** Plain environment variables of the container; none that Haulway sets itself. */
  readonly variables: Readonly<Record<string, string>>;
  readonly nats: NatsPodSettings;
}

/**
 * The group that owns the mounted Secrets. Any group will do: the kubelet adds it to the container's process, so that a
 * process that is not root can read files of mode 0440.
 */
const FILE_SYSTEM_GROUP = 65_532;

/**
 * The Deployment of a workload on one cluster: pods that meet the `restricted` Pod Security Standard, spread over zones and
 * nodes, replaced one after the other without a gap.
 */
export function workloadDeployment(ids: WorkloadIdentifiers, args: WorkloadDeploymentArgs): V1Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: ids.workload,
      namespace: namespaceName(ids.system),
      labels: workloadLabels(ids),
    },
    spec: {
      replicas: args.replicas,
      revisionHistoryLimit: 3,
      selector: { matchLabels: selectorLabels(ids) },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: {
          labels: workloadLabels(ids),
          ...(Object.keys(args.nats.annotations).length > 0 && { annotations: args.nats.annotations }),
        },
        spec: podSpec(ids, args),
      },
    },
  };
}

function podSpec(ids: WorkloadIdentifiers, args: WorkloadDeploymentArgs): V1PodSpec {
  return {
    serviceAccountName: serviceAccountName(ids.workload),
    automountServiceAccountToken: false,
    securityContext: {
      runAsNonRoot: true,
      fsGroup: FILE_SYSTEM_GROUP,
      seccompProfile: { type: "RuntimeDefault" },
    },
    topologySpreadConstraints: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map(
      (topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: selectorLabels(ids) },
      }),
    ),
    containers: [container(ids, args)],
    // The root file system is read-only; most programs still want somewhere to write.
    volumes: [{ name: "tmp", emptyDir: {} }, ...args.nats.volumes],
  };
}

function container(ids: WorkloadIdentifiers, args: WorkloadDeploymentArgs): V1Container {
  return {
    name: ids.workload,
    image: args.image,
    ports: [{ name: PORT_NAME, containerPort: args.port, protocol: "TCP" }],
    env: environmentVariables(args),
    // No CPU limit: it throttles a pod that could use idle cores, and requests already share a busy node fairly.
    resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
    readinessProbe: { tcpSocket: { port: PORT_NAME }, periodSeconds: 5, failureThreshold: 3 },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, ...args.nats.volumeMounts],
  };
}

function environmentVariables(args: WorkloadDeploymentArgs): { name: string; value: string }[] {
  const own = Object.entries(args.variables).map(([name, value]) => ({ name, value }));
  return [...args.nats.env, ...own.sort((a, b) => (a.name < b.name ? -1 : 1))];
}
