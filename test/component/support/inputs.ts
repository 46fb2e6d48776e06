import { clusterSchema } from "../../../model/cluster.ts";
import type { ClusterSpec, Environment } from "../../../model/environment.ts";
import type { NatsUserSpec, Team, Workload } from "../../../model/team.ts";

/** A cluster as the environment file would have it. */
export function clusterSpec(name: string, labels: Record<string, string> = {}): ClusterSpec {
  return clusterSchema.parse({
    name,
    kubernetesVersion: "1.36",
    labels,
    network: { cidr: "10.20.0.0/16", zones: 2, natGateways: "single" },
    nodes: { instanceTypes: ["m7i.large"], min: 2, max: 3 },
  });
}

/** An environment `test` with the platform cluster `hub` and the workload clusters `a` (tier: general) and `b`. */
export function testEnvironment(overrides: Partial<Environment> = {}): Environment {
  return {
    name: "test",
    aws: { accountId: "000000000000", region: "eu-central-1" },
    tags: { "cost-center": "4711" },
    argocd: { version: "v3.2.0", manifests: "install.yaml", reconciliation: "60s" },
    stateStore: {
      url: "https://git.test/state.git",
      branch: "main",
      credentials: { username: "haulway", passwordFrom: "STATE_STORE_PASSWORD" },
    },
    nats: {
      servers: "tls://nats.test:4222",
      synadia: {
        url: "https://synadia.test",
        accountId: "2bKAVoSBsfwNDAEj5MdMaiwqj8e",
        signingKeyGroup: "Default",
        tokenFrom: "SYNADIA_TOKEN",
        parallelCalls: 8,
      },
      delivery: { kind: "secret" },
      allowAll: [],
      rotations: [],
    },
    pulumi: { secretsProvider: "passphrase" },
    platformCluster: clusterSpec("hub"),
    workloadClusters: [clusterSpec("a", { tier: "general" }), clusterSpec("b")],
    ...overrides,
  };
}

/** A workload on port 8080 with one replica, one tag, no NATS users and no permissions, on the clusters of tier general. */
export function testWorkload(overrides: Partial<Workload> & { readonly name: string }): Workload {
  return {
    image: { tag: "1.0.0" },
    placement: { clusterLabels: { tier: "general" } },
    port: 8080,
    replicas: { min: 1 },
    variables: {},
    nats: { users: [] },
    permissions: [],
    ...overrides,
  };
}

/** A NATS user that may publish `claims.>`, whose credentials are never made anew by themselves. */
export function testUser(overrides: Partial<NatsUserSpec> & { readonly name: string }): NatsUserSpec {
  return {
    publish: ["claims.>"],
    subscribe: [],
    respond: false,
    allowAll: false,
    rotation: { overlap: "24h", epoch: 0 },
    ...overrides,
  };
}

/** A team `claims` with one system of the same name. */
export function testTeam(...workloads: readonly Workload[]): Team {
  return {
    name: "claims",
    groups: { developers: "claims-developers" },
    systems: [{ name: "claims", workloads }],
  };
}
