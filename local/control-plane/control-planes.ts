import { z } from "zod";
import { readFileIfPresent, writeFileAtomically } from "../atomic-file.ts";
import type { Layout } from "../layout.ts";
import type { ProcessSpec } from "../processes/process-spec.ts";
import { applyObjects } from "./apply.ts";
import { type ControlPlaneContext, type LocalCluster, serverAddress } from "./cluster.ts";
import {
  controlPlanePorts,
  kubeApiServer,
  kubeControllerManager,
  kubeScheduler,
  kwok,
  prepareControlPlane,
} from "./control-plane.ts";
import { etcd, prepareEtcd } from "./etcd.ts";
import { nodeManifests } from "./node-manifests.ts";

/** The control planes of all clusters, as processes in the order in which they can start. */
export interface ControlPlanes {
  readonly etcd: ProcessSpec;
  /** Need etcd; answer requests with tokens once the authenticator runs. */
  readonly apiServers: readonly ProcessSpec[];
  /** Registers the nodes, and the rights of those who play them. Needs the API servers, and the controllers need it. */
  readonly registerNodes: () => Promise<void>;
  /** Controller managers, schedulers, kwok. */
  readonly controllers: readonly ProcessSpec[];
}

/** The names of the ports that the control planes of `clusters` use. */
export function portsOfControlPlanes(clusters: readonly LocalCluster[]): string[] {
  return ["etcd", "etcd-peer", ...clusters.flatMap(controlPlanePorts)];
}

/**
 * Issues certificates, writes kubeconfigs and `clusters.json`, and describes the processes. Starts none.
 *
 * @param authenticatorUrl URL at which the API server of a cluster has tokens reviewed.
 */
export async function prepareControlPlanes(
  context: ControlPlaneContext,
  clusters: readonly LocalCluster[],
  authenticatorUrl: (cluster: LocalCluster) => string,
): Promise<ControlPlanes> {
  const etcdCertificates = await prepareEtcd(context);
  const planes = await Promise.all(
    clusters.map(async (cluster) => ({
      cluster,
      files: await prepareControlPlane(context, cluster, authenticatorUrl(cluster)),
    })),
  );
  await writeClusters(context, clusters);
  return {
    etcd: etcd(context, etcdCertificates),
    apiServers: planes.map(({ cluster, files }) => kubeApiServer(context, cluster, files, etcdCertificates)),
    registerNodes: async () => {
      await Promise.all(
        planes.map(({ cluster, files }) => applyObjects(files.adminKubeconfig, nodeManifests(cluster))),
      );
    },
    controllers: planes.flatMap(({ cluster, files }) => [
      kubeControllerManager(context, cluster, files),
      kubeScheduler(context, cluster, files),
      kwok(context, cluster, files),
    ]),
  };
}

const clustersSchema = z.record(
  z.string(),
  z.object({
    name: z.string(),
    role: z.enum(["platform", "workload"]),
    server: z.string(),
    certificateAuthority: z.string(),
    kubeconfig: z.string(),
  }),
);

/** An entry of `clusters.json`. */
export interface ClusterEntry {
  /** Name in the environment file. */
  readonly name: string;
  readonly role: "platform" | "workload";
  /** URL of the API server. */
  readonly server: string;
  /** The CA certificate: PEM, in base64. */
  readonly certificateAuthority: string;
  /** Absolute path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
}

/** The clusters of the local environment by EKS name, the platform cluster first; none before the first start. */
export async function readClusters(layout: Layout): Promise<Readonly<Record<string, ClusterEntry>>> {
  const content = await readFileIfPresent(layout.clustersFile);
  return content === undefined ? {} : clustersSchema.parse(JSON.parse(content));
}

async function writeClusters(
  { layout, ports, pki }: ControlPlaneContext,
  clusters: readonly LocalCluster[],
): Promise<void> {
  const entries = clusters.map((cluster): [string, ClusterEntry] => [
    cluster.eksName,
    {
      name: cluster.name,
      role: cluster.role,
      server: serverAddress(cluster, ports),
      certificateAuthority: Buffer.from(pki.caCertificate).toString("base64"),
      kubeconfig: layout.kubeconfigs.file(cluster.name),
    },
  ]);
  await writeFileAtomically(
    layout.clustersFile,
    `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`,
  );
}
