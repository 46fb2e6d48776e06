import { createHash } from "node:crypto";
import type { Deployment, KubernetesClient, KubernetesObject, Secret } from "./kubernetes-client.ts";

/**
 * What would show that credentials or pods changed, even if they changed back: a text for each Secret with creds and for
 * each Deployment, ReplicaSet and pod, by its place.
 */
export interface ClusterTraces {
  readonly secrets: Readonly<Record<string, string>>;
  readonly workloads: Readonly<Record<string, string>>;
}

/** Looks at the objects of all teams on the clusters. */
export async function clusterTraces(clusters: ReadonlyMap<string, KubernetesClient>): Promise<ClusterTraces> {
  const secrets: Record<string, string> = {};
  const workloads: Record<string, string> = {};
  for (const [name, cluster] of clusters) {
    for (const secret of await cluster.list<Secret>("/api/v1/secrets")) {
      if (secret.data?.["nats.creds"] === undefined) continue;
      const { uid, resourceVersion } = secret.metadata;
      secrets[placeOf(name, secret)] = `${uid} ${resourceVersion} ${digestOf(secret.data)}`;
    }
    for (const deployment of await cluster.list<Deployment>("/apis/apps/v1/deployments")) {
      const { uid, generation, annotations } = deployment.metadata;
      workloads[`${placeOf(name, deployment)} Deployment`] =
        `${uid} ${generation} ${annotations?.["deployment.kubernetes.io/revision"]}`;
    }
    for (const [kind, path] of [
      ["ReplicaSet", "/apis/apps/v1/replicasets"],
      ["pod", "/api/v1/pods"],
    ] as const) {
      for (const object of await cluster.list(path)) {
        workloads[`${placeOf(name, object)} ${kind}`] = object.metadata.uid;
      }
    }
  }
  return { secrets, workloads };
}

/** Places whose text is another than before, or that are there in one of the two only. */
export function changesBetween(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (place) => before[place] !== after[place],
  );
}

function placeOf(cluster: string, { metadata }: KubernetesObject): string {
  return `${cluster} ${metadata.namespace ?? ""}/${metadata.name}`;
}

function digestOf(data: Readonly<Record<string, string>>): string {
  const hash = createHash("sha256");
  for (const [key, value] of Object.entries(data).sort(([a], [b]) => a.localeCompare(b))) {
    hash.update(`${key}\0${value}\0`);
  }
  return hash.digest("hex");
}
