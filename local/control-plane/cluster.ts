import type { Environment } from "../../model/environment.ts";
import { clusterName } from "../../model/naming.ts";
import type { Layout } from "../layout.ts";
import type { Ports } from "../ports.ts";
import type { ToolFile, ToolName } from "../toolchain/toolchain.ts";
import type { CertificateFiles, Pki } from "./pki.ts";

/** A cluster of the environment as the local control planes see it. */
export interface LocalCluster {
  /** Name in the environment file, for example `workload-a`. */
  readonly name: string;
  /** Name of the EKS cluster that it stands for, for example `local-workload-a`. */
  readonly eksName: string;
  readonly role: "platform" | "workload";
  readonly region: string;
  /** One node per availability zone. */
  readonly zones: number;
  readonly instanceType: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What the processes of a control plane are made from. */
export interface ControlPlaneContext {
  readonly layout: Layout;
  readonly ports: Ports;
  readonly pki: Pki;
  readonly toolchain: { path(tool: ToolName): string; file(name: ToolFile): string };
}

/** The clusters of the environment, the platform cluster first. */
export function localClusters(environment: Environment): readonly LocalCluster[] {
  return [environment.platformCluster, ...environment.workloadClusters].map((spec, index) => ({
    name: spec.name,
    eksName: clusterName(environment.name, spec.name),
    role: index === 0 ? "platform" : "workload",
    region: environment.aws.region,
    zones: spec.network.zones,
    instanceType: spec.nodes.instanceTypes[0] ?? "m7i.large",
    labels: spec.labels,
  }));
}

/** Where the API server of a cluster is reached. */
export function serverAddress(cluster: LocalCluster, ports: Ports): string {
  return `https://127.0.0.1:${ports(apiServerName(cluster))}`;
}

/** Process name and port name of a cluster's API server. */
export function apiServerName(cluster: LocalCluster): string {
  return `${cluster.name}-kube-apiserver`;
}

/** Where the certificate of a cluster's administrator is. */
export function adminCertificate(layout: Layout, cluster: Pick<LocalCluster, "name">): CertificateFiles {
  const name = `${cluster.name}-admin`;
  return { certificate: layout.pki.certificate(name), key: layout.pki.key(name) };
}
