import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { prepareArgoCd } from "../../../local/argo-cd/argo-cd.ts";
import { type LocalCluster, localClusters } from "../../../local/control-plane/cluster.ts";
import {
  type ControlPlanes,
  portsOfControlPlanes,
  prepareControlPlanes,
  readClusters,
} from "../../../local/control-plane/control-planes.ts";
import { nodeManifests } from "../../../local/control-plane/node-manifests.ts";
import { ensurePki, type Pki } from "../../../local/control-plane/pki.ts";
import { type Layout, layout } from "../../../local/layout.ts";
import type { ProcessSpec } from "../../../local/processes/process-spec.ts";
import { clusterSchema } from "../../../model/cluster.ts";
import type { ClusterSpec } from "../../../model/environment.ts";

const spec = (name: string): ClusterSpec =>
  clusterSchema.parse({
    name,
    kubernetesVersion: "1.36",
    network: { cidr: "10.0.0.0/16", zones: name === "platform" ? 3 : 2, natGateways: "single" },
    nodes: { instanceTypes: ["m7g.large"], min: 2, max: 3 },
  });

const clusters = localClusters({
  name: "local",
  aws: { accountId: "000000000000", region: "eu-central-1" },
  tags: {},
  argocd: { version: "v3.2.0", manifests: "install.yaml", reconciliation: "10s" },
  stateStore: { url: "http://127.0.0.1", branch: "main", credentials: { username: "u", passwordFrom: "P" } },
  nats: {
    servers: "nats://127.0.0.1",
    synadia: {
      url: "http://127.0.0.1",
      accountId: "a",
      signingKeyGroup: "g",
      tokenFrom: "T",
      parallelCalls: 8,
    },
    delivery: { kind: "secret" },
    allowAll: [],
    rotations: [],
  },
  pulumi: { secretsProvider: "passphrase" },
  platformCluster: spec("platform"),
  workloadClusters: [spec("workload-a"), spec("workload-b")],
});

describe("control planes", () => {
  let paths: Layout;
  let pki: Pki;
  let planes: ControlPlanes;
  const portNames = portsOfControlPlanes(clusters);
  const ports = (name: string) => {
    const index = portNames.indexOf(name);
    if (index < 0) throw new Error(`no port ${name}`);
    return 20_000 + index;
  };
  const toolchain = {
    path: (tool: string) => `/tools/${tool}`,
    file: (name: string) => `/data/${name}`,
    binDir: "/tools",
  };
  beforeEach(async () => {
    paths = layout(await mkdtemp(join(tmpdir(), "haulway-planes-")));
    pki = await ensurePki(paths);
    planes = await prepareControlPlanes(
      { layout: paths, ports, pki, toolchain },
      clusters,
      ({ eksName }) => `https://127.0.0.1:1/${eksName}`,
    );
  });
  afterEach(() => rm(paths.root, { recursive: true }));

  const all = (): ProcessSpec[] => [planes.etcd, ...planes.apiServers, ...planes.controllers];

  it("are one etcd, and four processes per cluster, each with a name and a port of its own", () => {
    const roles = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"];
    const names = clusters.flatMap(({ name }) => roles.map((role) => `${name}-${role}`));
    expect(
      all()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["etcd", ...names].sort());
    expect(new Set(all().map(({ port }) => port)).size).toBe(13);
  });

  it("verify certificates everywhere and listen on loopback only", () => {
    for (const { args } of all()) {
      const line = args.join(" ");
      expect(line).not.toMatch(/insecure|skip-tls|anonymous|http:\/\/|0\.0\.0\.0/);
      expect(line).toMatch(/127\.0\.0\.1/);
    }
  });

  it("carry no secret in their arguments and variables: those are files that their owner alone reads", async () => {
    for (const { args, env } of all()) {
      const line = JSON.stringify([args, env]);
      expect(line).not.toMatch(/BEGIN|PRIVATE/);
      for (const [, file] of line.matchAll(/"--[a-z-]*key[a-z-]*=([^"]+\.key)"/g)) {
        expect((await stat(file ?? "")).mode & 0o777).toBe(0o600);
      }
    }
  });

  it("keep the clusters' objects apart", () => {
    const prefixes = planes.apiServers.map(({ args }) =>
      args.find((arg) => arg.startsWith("--etcd-prefix=")),
    );
    expect(new Set(prefixes).size).toBe(3);
  });

  it("are told of by clusters.json, with kubeconfigs that name files and hold no key", async () => {
    const entries = await readClusters(paths);
    expect(Object.entries(entries).map(([eks, { name, role }]) => `${eks} ${name} ${role}`)).toEqual([
      "local-platform platform platform",
      "local-workload-a workload-a workload",
      "local-workload-b workload-b workload",
    ]);
    for (const { name, server, certificateAuthority, kubeconfig } of Object.values(entries)) {
      expect(server).toBe(`https://127.0.0.1:${ports(`${name}-kube-apiserver`)}`);
      expect(Buffer.from(certificateAuthority, "base64").toString()).toBe(pki.caCertificate);
      expect((await stat(kubeconfig)).mode & 0o777).toBe(0o600);
      const text = await readFile(kubeconfig, "utf8");
      expect(text).not.toContain("client-key-data");
      expect(parse(text)).toMatchObject({
        "current-context": `local-${name}`,
        clusters: [{ cluster: { server, "certificate-authority-data": certificateAuthority } }],
        users: [{ user: { "client-key": paths.pki.key(`${name}-admin`) } }],
      });
    }
  });

  it("have Argo CD act as its own ServiceAccounts", async () => {
    const [platform] = clusters;
    if (platform === undefined) throw new Error("no platform cluster");
    const argoCd = await prepareArgoCd({
      layout: paths,
      pki,
      toolchain,
      platform,
      ports: (name) => (portNames.includes(name) ? ports(name) : 30_000),
      environment: { argocd: { version: "v3.2.0", manifests: "install.yaml", reconciliation: "10s" } },
    });
    for (const process of argoCd.controllers) {
      const kubeconfig = process.env?.["KUBECONFIG"] ?? "";
      expect(parse(await readFile(kubeconfig, "utf8"))).toMatchObject({
        users: [
          { name: `${process.name}@local-platform`, user: { "client-key": paths.pki.key(process.name) } },
        ],
      });
      expect(process.env).toMatchObject({
        ARGOCD_FAKE_IN_CLUSTER: "true",
        ARGOCD_RECONCILIATION_TIMEOUT: "10s",
      });
      expect(process.pathPrefix).toEqual([paths.bin, "/tools"]);
    }
  });
});

describe("nodes", () => {
  it("are one per zone, labelled as EKS labels its own", () => {
    const [platform, workload] = clusters.map(nodesOf);
    expect(platform?.map(({ metadata }) => metadata?.labels?.["topology.kubernetes.io/zone"])).toEqual([
      "eu-central-1a",
      "eu-central-1b",
      "eu-central-1c",
    ]);
    expect(workload).toHaveLength(2);
    expect(platform?.[0]?.metadata?.labels).toMatchObject({
      "kubernetes.io/arch": "arm64",
      "kubernetes.io/os": "linux",
      "node.kubernetes.io/instance-type": "m7g.large",
      "topology.kubernetes.io/region": "eu-central-1",
      "eks.amazonaws.com/capacityType": "ON_DEMAND",
    });
  });

  it("have instance ids of the right form, all different, always the same", () => {
    expect(new Set(instanceIds()).size).toBe(7);
    for (const id of instanceIds()) expect(id).toMatch(/^aws:\/\/\/eu-central-1[abc]\/i-[0-9a-f]{17}$/);
    expect(instanceIds()).toEqual(instanceIds());
  });
});

function nodesOf(cluster: LocalCluster | undefined): ReturnType<typeof nodeManifests> {
  return cluster === undefined ? [] : nodeManifests(cluster).filter(({ kind }) => kind === "Node");
}

function instanceIds(): (string | undefined)[] {
  return clusters
    .flatMap(nodesOf)
    .map((node) => (node as { spec?: { providerID?: string } }).spec?.providerID);
}
