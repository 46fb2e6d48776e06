import { createHash } from "node:crypto";
import type { KubernetesObject } from "@kubernetes/client-node";
import type { LocalCluster } from "./cluster.ts";
import { kwokUser } from "./control-plane.ts";

const zoneLetters = ["a", "b", "c"];
const nodeGroup = "default";

/** What kwok's part of a cluster consists of: its rights, and one node per availability zone, labelled as EKS labels its own. */
export function nodeManifests(cluster: LocalCluster): KubernetesObject[] {
  return [
    kwokRole(),
    kwokRoleBinding(),
    ...zoneLetters
      .slice(0, cluster.zones)
      .map((letter, index) => node(cluster, `${cluster.region}${letter}`, index)),
  ];
}

function node(
  cluster: LocalCluster,
  zone: string,
  index: number,
): KubernetesObject & { spec: { providerID: string } } {
  const name = `ip-100-65-${index}-10.${cluster.region}.compute.internal`;
  const architecture = /^(a1|[a-z]+\d+[a-z]*g[a-z]*)\./.test(cluster.instanceType) ? "arm64" : "amd64";
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/arch": architecture,
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": cluster.instanceType,
        "topology.kubernetes.io/region": cluster.region,
        "topology.kubernetes.io/zone": zone,
        "eks.amazonaws.com/capacityType": "ON_DEMAND",
        "eks.amazonaws.com/nodegroup": nodeGroup,
        "kwok.x-k8s.io/node": "fake",
      },
    },
    spec: {
      providerID: `aws:///${zone}/i-${createHash("sha256").update(`${cluster.eksName}/${zone}`).digest("hex").slice(0, 17)}`,
    },
  };
}

function kwokRole(): KubernetesObject & { rules: object[] } {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: kwokUser },
    rules: [
      rule("", ["nodes"], ["get", "list", "watch"]),
      rule("", ["nodes/status", "pods/status"], ["patch", "update"]),
      rule("", ["pods"], ["get", "list", "watch", "patch", "update", "delete"]),
      rule("", ["events"], ["create", "patch", "update"]),
      rule("coordination.k8s.io", ["leases"], ["create", "get", "list", "watch", "patch", "update"]),
    ],
  };
}

function kwokRoleBinding(): KubernetesObject & { roleRef: object; subjects: object[] } {
  const apiGroup = "rbac.authorization.k8s.io";
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: kwokUser },
    roleRef: { apiGroup, kind: "ClusterRole", name: kwokUser },
    subjects: [{ apiGroup, kind: "User", name: kwokUser }],
  };
}

function rule(apiGroup: string, resources: readonly string[], verbs: readonly string[]): object {
  return { apiGroups: [apiGroup], resources, verbs };
}
