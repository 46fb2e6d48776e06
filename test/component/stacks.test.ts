// Proves what each kind of stack is made of, and by which provider. The order on create and destroy shows on the engine.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Environment } from "../../model/environment.ts";
import { clusterStack } from "../../stacks/cluster.ts";
import { STACK_OUTPUTS } from "../../stacks/contracts.ts";
import { platformStack } from "../../stacks/platform.ts";
import { teamStack } from "../../stacks/team.ts";
import { clusterSpec, testEnvironment, testTeam, testUser, testWorkload } from "./support/inputs.ts";
import { type Answers, type RecordedResource, record, resolved } from "./support/recorder.ts";

const MANIFESTS = `\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: applications.argoproj.io
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-cm
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: argocd-application-controller
spec:
  template:
    spec:
      containers:
      - image: quay.io/argoproj/argocd:v3.2.0
`;

const directory = mkdtempSync(join(tmpdir(), "haulway-stacks-"));

function environment(overrides: Partial<Environment> = {}): Environment {
  const manifests = join(directory, "install.yaml");
  return testEnvironment({
    argocd: { version: "v3.2.0", manifests, reconciliation: "60s" },
    ...overrides,
  });
}

/** The outputs of the stacks that exist, by their qualified names. */
function stacks(outputs: Readonly<Record<string, object>>): Answers {
  return {
    "pulumi:pulumi:readStackOutputs": ({ name }) => {
      const found = outputs[String(name)];
      if (found === undefined) {
        // The SDK takes the message of a failed function from gRPC's `details`.
        throw Object.assign(new Error(), { details: `unknown stack "${String(name)}"` });
      }
      return { name, outputs: found };
    },
  };
}

function cluster(name: string): object {
  return {
    cluster: {
      name: `test-${name}`,
      arn: `arn:aws:eks:eu-central-1:000000000000:cluster/test-${name}`,
      endpoint: `https://${name}.test`,
      certificateAuthority: "Y2E=",
      kubeconfig: `kubeconfig of ${name}`,
    },
  };
}

const EXISTING = stacks({
  "organization/haulway/test": {
    ...cluster("hub"),
    argocd: { namespace: "argocd", managementRoleArn: "arn:aws:iam::000000000000:role/test-argocd" },
    network: { vpcId: "vpc" },
  },
  "organization/haulway/test.cluster.a": { ...cluster("a"), labels: { tier: "general" } },
  "organization/haulway/test.cluster.b": { ...cluster("b"), labels: {} },
});

/** `<provider>: <type> <name>` of the custom resources of Kubernetes and the dynamic provider, sorted. */
function objects(resources: readonly RecordedResource[]): string[] {
  return resources
    .filter(({ type }) => type.startsWith("kubernetes:") || type.startsWith("pulumi-nodejs:"))
    .map(({ type, name, provider }) => `${provider ?? "-"}: ${type.split(":").at(-1) ?? ""} ${name}`)
    .sort();
}

beforeAll(() => {
  writeFileSync(join(directory, "install.yaml"), MANIFESTS);
  vi.stubEnv("STATE_STORE_PASSWORD", "hunter2");
});

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

describe("the platform stack", () => {
  test("is a network, a cluster, Argo CD's role and Argo CD", async () => {
    const { resources, children } = await record(() => platformStack(environment()), { stack: "test" });
    expect(children.filter((child) => child.startsWith("haulway:"))).toEqual([
      "haulway:cluster:ClusterAddons hub",
      "haulway:cluster:EksCluster hub",
      "haulway:gitops:ArgoCd argocd",
      "haulway:gitops:ArgoCdIdentity argocd",
      "haulway:network:ClusterNetwork hub",
      "haulway:network:VpcEndpoints hub",
    ]);
    expect(
      new Set(resources.filter(({ type }) => type.startsWith("aws:")).map(({ provider }) => provider)),
    ).toEqual(new Set(["aws"]));
  });

  test("identifies the cluster by its ARN, so that a new kubeconfig replaces nothing", async () => {
    const { one } = await record(() => platformStack(environment()), { stack: "test" });
    expect(one("pulumi:providers:kubernetes", "hub").inputs).toMatchObject({
      clusterIdentifier: "arn:aws:eks:eu-central-1:000000000000:cluster/test-hub",
      kubeconfig: { secret: '{"cluster":"test-hub"}' },
      namespace: "argocd",
    });
  });

  test("refuses other accounts, and tags everything with environment and stack", async () => {
    const { one } = await record(() => platformStack(environment()), { stack: "test" });
    const { inputs } = one("pulumi:providers:aws", "aws");
    expect(inputs["region"]).toBe("eu-central-1");
    expect(JSON.parse(String(inputs["allowedAccountIds"]))).toEqual(["000000000000"]);
    expect(JSON.parse(String(inputs["defaultTags"]))).toEqual({
      tags: { "cost-center": "4711", environment: "test", "managed-by": "haulway", stack: "test" },
    });
  });

  test.each([
    [
      "its manifests are missing",
      { argocd: { version: "v3.2.0", manifests: "/nowhere/install.yaml", reconciliation: "60s" } },
      /manifests cannot be read from \/nowhere\/install\.yaml: .*Check spec\.argocd\.manifests/,
    ],
    [
      "the password is not set",
      {
        stateStore: {
          url: "https://git.test/state.git",
          branch: "main",
          credentials: { username: "haulway", passwordFrom: "NOT_SET" },
        },
      },
      /The environment variable NOT_SET is not set\. Set it, or set NOT_SET_FILE/,
    ],
  ] as const)("is refused with the way out when %s", async (_, overrides, message) => {
    await expect(platformStack(environment(overrides))).rejects.toThrow(message);
  });
});

describe("the availability zones of a cluster", () => {
  const token = "aws:index/getAvailabilityZones:getAvailabilityZones";

  test("are the first by name that EKS takes", async () => {
    const { calls, one } = await record(() => platformStack(environment()), { stack: "test" });
    expect(calls.find((call) => call.token === token)?.inputs["excludeZoneIds"]).toEqual([
      "use1-az3",
      "usw1-az2",
      "cac1-az3",
    ]);
    expect(one("aws:ec2/subnet:Subnet", "hub-public-b").inputs["availabilityZone"]).toBe("eu-central-1b");
  });

  test("are refused before anything is made when the region has too few", async () => {
    const made: string[] = [];
    const answers: Answers = { [token]: () => ({ names: ["eu-central-1a"] }) };
    await expect(
      record(() => platformStack(environment()), { stack: "test", answers, made }),
    ).rejects.toThrow(
      'environments/test.yaml: network.zones of cluster "hub" is 2, but EKS can use only 1 in region eu-central-1: eu-central-1a. Lower network.zones, or choose another region.',
    );
    expect(made).toEqual(["pulumi:providers:aws aws"]);
  });
});

/** The outputs by which a stack knows what its cluster has. */
function deployed(kubernetesVersion: string): object {
  return { deployed: { kubernetesVersion, minNodes: 2 } };
}

describe("the version of Kubernetes of a cluster", () => {
  test.each([
    [
      "1.34",
      'runs Kubernetes 1.34, and EKS goes up by one minor version at a time, not to 1.36 at once. Set kubernetesVersion to "1.35"',
    ],
    ["1.37", 'runs Kubernetes 1.37, and EKS never goes back to 1.36. Set kubernetesVersion to "1.37".'],
  ])("is refused before anything is made when the cluster has %s", async (version, message) => {
    const made: string[] = [];
    const answers = stacks({ "organization/haulway/test": deployed(version) });
    await expect(
      record(() => platformStack(environment()), { stack: "test", answers, made }),
    ).rejects.toThrow(`environments/test.yaml: cluster "hub" ${message}`);
    expect(made).toEqual(["pulumi:providers:aws aws"]);
  });

  test("goes up by one, and tells the next update", async () => {
    const answers = stacks({ "organization/haulway/test": deployed("1.35") });
    const { value } = await record(() => platformStack(environment()), { stack: "test", answers });
    expect(await resolved(pulumi.output(value.deployed))).toEqual({ kubernetesVersion: "1.36", minNodes: 2 });
  });

  test("is not newer than what the platform cluster has", async () => {
    const made: string[] = [];
    const answers = stacks({
      "organization/haulway/test": {
        ...cluster("hub"),
        ...deployed("1.35"),
        argocd: { namespace: "argocd", managementRoleArn: "arn:aws:iam::000000000000:role/test-argocd" },
        network: { vpcId: "vpc" },
      },
    });
    await expect(
      record(() => clusterStack(environment(), "a"), { stack: "test.cluster.a", answers, made }),
    ).rejects.toThrow(
      'Cluster "a" is to have Kubernetes 1.36, but the platform cluster, which is upgraded first, still has 1.35. Run: pulumi up -s test',
    );
    expect(made).toEqual([]);
  });
});

describe("the stack of a workload cluster", () => {
  test("is a network, a cluster, and its registration on the platform cluster", async () => {
    const { resources, children } = await record(() => clusterStack(environment(), "a"), {
      stack: "test.cluster.a",
      answers: EXISTING,
    });
    expect(children.filter((child) => child.startsWith("haulway:"))).toEqual([
      "haulway:cluster:ClusterAddons a",
      "haulway:cluster:EksCluster a",
      "haulway:gitops:ClusterRegistration a",
      "haulway:network:ClusterNetwork a",
      "haulway:network:VpcEndpoints a",
    ]);
    expect(objects(resources)).toEqual(["hub: Secret a-secret"]);
  });

  test("is refused before the platform exists, with the command that makes it", async () => {
    await expect(
      record(() => clusterStack(environment(), "a"), { stack: "test.cluster.a", answers: stacks({}) }),
    ).rejects.toThrow(/stack test, which does not exist\..*pulumi up -s test$/);
  });

  test("is refused when the platform lacks an output, with its name", async () => {
    const answers = stacks({ "organization/haulway/test": cluster("hub") });
    await expect(
      record(() => clusterStack(environment(), "a"), { stack: "test.cluster.a", answers }),
    ).rejects.toThrow(/outputs of stack test[\s\S]*argocd[\s\S]*pulumi up -s test$/);
  });

  test("is refused for a cluster that the environment does not have, with those it has", async () => {
    await expect(clusterStack(environment(), "c")).rejects.toThrow(
      'environments/test.yaml has no workload cluster "c", expected one of: a, b.',
    );
  });
});

describe("the stack of a team", () => {
  const team = testTeam(
    testWorkload({
      name: "intake",
      placement: { clusters: ["a", "b"] },
      nats: {
        users: [
          testUser({
            name: "publisher",
            respond: true,
            expires: "2027-01-31T00:00:00Z",
            rotation: { every: "90d", overlap: "2h", epoch: 1 },
          }),
        ],
      },
    }),
    testWorkload({ name: "proxy", image: { tag: "1", repository: "public.ecr.aws/nginx/nginx" } }),
  );

  function build(overrides: Partial<Environment> = {}) {
    return record(() => teamStack(environment(overrides), [team], "claims"), {
      stack: "test.team.claims",
      answers: EXISTING,
    });
  }

  test("has namespaces and credentials on the clusters, and what Argo CD reads on the platform cluster", async () => {
    const { resources } = await build();
    expect(objects(resources)).toEqual([
      "-: CredentialRetirement claims",
      "-: NatsUser claims-intake-publisher",
      "-: StateStoreDirectory claims",
      "a: Namespace claims-a-namespace",
      "a: Secret claims-intake-publisher-a-secret",
      "b: Namespace claims-b-namespace",
      "b: Secret claims-intake-publisher-b-secret",
      "hub: AppProject claims-project",
      "hub: Application claims-application",
    ]);
  });

  test("has a role for each workload, and a repository for each that names no other", async () => {
    const { resources } = await build();
    const names = (type: string) =>
      resources.filter((resource) => resource.type === type).map(({ inputs }) => inputs["name"]);
    expect(names("aws:iam/role:Role")).toEqual(["test-claims-intake", "test-claims-proxy"]);
    expect(names("aws:ecr/repository:Repository")).toEqual(["test/claims/intake"]);
  });

  test("renders the manifests with the generation of the credentials, and never the credentials", async () => {
    const { one } = await build();
    const { inputs } = one("pulumi-nodejs:dynamic/haulway:StateStoreDirectory", "claims");
    expect(inputs).toMatchObject({
      url: "https://git.test/state.git",
      branch: "main",
      username: "haulway",
      passwordFrom: "STATE_STORE_PASSWORD",
      directory: "teams/claims",
    });
    const files = inputs["files"] as Record<string, string>;
    expect(Object.keys(files)).toHaveLength(12);
    expect(files["systems/claims/workloads/intake/a/deployment.yaml"]).toContain(
      "haulway.dev/nats-publisher: Uclaims-intake-publisher.1760000000",
    );
    expect(JSON.stringify(inputs)).not.toContain("creds of");
  });

  test("has NATS users as the team and the environment declare them", async () => {
    const { nats } = environment();
    const rotations = [{ user: "claims/intake/publisher", epoch: 2, reason: "laptop stolen" }];
    const { one } = await build({ nats: { ...nats, rotations } });
    expect(one("pulumi-nodejs:dynamic/haulway:NatsUser", "claims-intake-publisher").inputs).toMatchObject({
      user: "claims/intake/publisher",
      name: "test.claims.intake.publisher",
      environment: "test",
      issuer: {
        kind: "synadia",
        url: "https://synadia.test",
        accountId: "2bKAVoSBsfwNDAEj5MdMaiwqj8e",
        signingKeyGroup: "Default",
        tokenFrom: "SYNADIA_TOKEN",
        parallelCalls: 8,
      },
      publish: ["claims.>"],
      subscribe: [],
      respond: true,
      inbox: "_INBOX.test.claims.intake.publisher",
      expires: 1_801_353_600,
      rotation: { every: 7_776_000, overlap: 7200, epoch: "1.2", reason: "laptop stolen" },
      consumers: ["Deployment claims/intake on a", "Deployment claims/intake on b"],
    });
  });

  test("ends former credentials when the Deployments on all clusters have rolled", async () => {
    const { one, value } = await build();
    const { inputs } = one("pulumi-nodejs:dynamic/haulway:CredentialRetirement", "claims");
    expect(inputs["issuer"]).toMatchObject({ kind: "synadia" });
    expect(inputs["kubeconfigs"]).toEqual({ secret: { a: "kubeconfig of a", b: "kubeconfig of b" } });
    expect(inputs["users"]).toEqual([
      {
        user: "claims/intake/publisher",
        name: "test.claims.intake.publisher",
        publicKey: "Uclaims-intake-publisher",
        issuedAt: 1_760_000_000,
        superseded: [
          {
            publicKey: "Uclaims-intake-publisher",
            issuedAt: 1_759_000_000,
            retireAt: 1_760_086_400,
            reason: "none yet",
          },
        ],
        consumers: ["a", "b"].map((cluster) => ({
          cluster,
          namespace: "claims",
          deployment: "intake",
          annotation: "haulway.dev/nats-publisher",
        })),
      },
    ]);
    expect(await resolved(pulumi.output(value.retiredCredentials))).toEqual({
      "claims/intake/publisher": "Uclaims-intake-publisher.1760000000",
    });
  });

  test("has nothing to end without NATS users", async () => {
    const { resources, value } = await record(
      () => teamStack(environment(), [testTeam(testWorkload({ name: "intake" }))], "claims"),
      { stack: "test.team.claims", answers: EXISTING },
    );
    expect(objects(resources).filter((name) => /Nats|Credential|Secret/.test(name))).toEqual([]);
    expect(value.natsUsers).toEqual([]);
    expect(value.retiredCredentials).toEqual({});
  });

  test("tells the generations of its NATS users, as the contract has them", async () => {
    const { value } = await build();
    const outputs = await resolved(pulumi.output(value));
    expect(STACK_OUTPUTS.team.parse(outputs)).toEqual(outputs);
    expect(outputs.natsUsers).toEqual([
      {
        user: "claims/intake/publisher",
        name: "test.claims.intake.publisher",
        publicKey: "Uclaims-intake-publisher",
        issuedAt: 1_760_000_000,
        expiresAt: 0,
        reason: "none yet",
        rotateAt: 1_767_776_000,
        superseded: [
          { publicKey: "Uclaims-intake-publisher", issuedAt: 1_759_000_000, retireAt: 1_760_086_400 },
        ],
      },
    ]);
  });

  test("commits what a controller on the clusters makes the Secrets of, where the environment has one", async () => {
    const { nats } = environment();
    const delivery = { kind: "secretsManager", secretStore: "aws" } as const;
    const { resources, one } = await build({ nats: { ...nats, delivery } });
    expect(objects(resources).filter((name) => name.includes(": Secret "))).toEqual([]);
    const { files } = one("pulumi-nodejs:dynamic/haulway:StateStoreDirectory", "claims").inputs as {
      files: Record<string, string>;
    };
    for (const cluster of ["a", "b"]) {
      expect(files[`systems/claims/workloads/intake/${cluster}/nats-publisher.yaml`]).toContain(
        "kind: ExternalSecret",
      );
    }
    expect(Object.keys(files)).toHaveLength(14);
  });

  test("seals with the certificate of each cluster, read from the file that the environment names", async () => {
    const { nats } = environment();
    const pem = readFileSync(join(import.meta.dirname, "../fixtures/certificates/sealing.pem"), "utf8");
    const file = join(directory, "sealing.pem");
    writeFileSync(file, pem);
    const sealed = { kind: "sealedSecret", certificates: { a: file, b: file } } as const;
    const { one } = await build({ nats: { ...nats, delivery: sealed } });
    expect(
      one("pulumi-nodejs:dynamic/haulway:SealedSecretData", "claims-intake-publisher-a").inputs[
        "certificate"
      ],
    ).toBe(pem);
    writeFileSync(join(directory, "empty.pem"), "");
    const wrong = { ...sealed, certificates: { a: file, b: join(directory, "empty.pem") } };
    await expect(build({ nats: { ...nats, delivery: wrong } })).rejects.toThrow(
      /empty\.pem holds no certificate in PEM\. Check spec\.nats\.delivery\.certificates\.b/,
    );
    const missing = { ...sealed, certificates: { a: file, b: "/nowhere/b.pem" } };
    await expect(build({ nats: { ...nats, delivery: missing } })).rejects.toThrow(
      /certificate of cluster b cannot be read: .*Check spec\.nats\.delivery\.certificates\.b/,
    );
  });

  test("changes a Secret in place, so that pods that mount it keep it", async () => {
    const { one } = await build();
    expect(one("pulumi:providers:kubernetes", "a").inputs).toMatchObject({ enableSecretMutable: "true" });
  });

  test("connects to the clusters that its workloads are placed on, and to no other", async () => {
    const onlyOnA = testTeam(testWorkload({ name: "intake" }));
    const { children } = await record(
      () =>
        teamStack(
          environment({ workloadClusters: [clusterSpec("a", { tier: "general" }), clusterSpec("b")] }),
          [onlyOnA],
          "claims",
        ),
      { stack: "test.team.claims", answers: EXISTING },
    );
    expect(children.filter((child) => child.startsWith("pulumi:providers:kubernetes"))).toEqual([
      "pulumi:providers:kubernetes a",
      "pulumi:providers:kubernetes hub",
    ]);
  });

  test("tells the names of its Applications", async () => {
    const { value } = await build();
    expect(value.applications).toEqual(["claims", "claims-intake-a", "claims-intake-b", "claims-proxy-a"]);
  });

  test("is refused for a team that does not exist, with those that do", async () => {
    await expect(teamStack(environment(), [team], "quoting")).rejects.toThrow(
      'There is no team "quoting", expected one of: claims.',
    );
  });
});
