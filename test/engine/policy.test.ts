// Proves that the policy pack runs on the engine: what the program makes passes, what breaks a rule is refused before it is made.
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Layout, layout } from "../../local/layout.ts";
import { installPlugins } from "../../local/stand-ins/install.ts";
import { ensureToolchain } from "../../local/toolchain/toolchain.ts";
import { PROJECT, TestProject } from "./support/engine.ts";

const POLICY = join(PROJECT, "policy");

const INSTALL_MANIFESTS = `\
apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-cm
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: applications.argoproj.io
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

let root: string;
let paths: Layout;
let project: TestProject;

beforeAll(async () => {
  await mkdir(join(PROJECT, "test", "engine", ".local"), { recursive: true });
  root = await mkdtemp(join(PROJECT, "test", "engine", ".local", "policy-"));
  paths = layout(join(root, ".local"));
  await installPlugins({ toolchain: await ensureToolchain(), layout: paths, projectDir: PROJECT });
  await writeFile(paths.clustersFile, "{}");
});

afterAll(() => rm(root, { recursive: true, force: true }));

beforeEach(async () => {
  project = await TestProject.create({
    HAULWAY_LOCAL_DIR: paths.root,
    PULUMI_HOME: paths.pulumi.home,
    HAULWAY_STATE_STORE_PASSWORD: "hunter2",
  });
  const plugin = { analyzers: [{ name: "policy-haulway", path: join(POLICY, "bin") }] };
  await appendFile(join(project.directory, "Pulumi.yaml"), `plugins: ${JSON.stringify(plugin)}\n`);
});

afterEach(async () => {
  await project.close();
  await rm(paths.aws, { recursive: true, force: true });
});

/** A program in which `aws` is the provider that the stacks of environment prod have. */
function inProduction(program: string): string {
  return `
import * as aws from "@pulumi/aws";
import { loadProject } from "${project.from("model/load.ts")}";
import { awsProvider } from "${project.from("stacks/providers.ts")}";
import { ClusterRegistration } from "${project.from("components/gitops/cluster-registration.ts")}";
import { WorkloadIdentity } from "${project.from("components/identity/workload-identity.ts")}";
import { SecretsManagerDelivery } from "${project.from("components/nats/deliveries/secrets-manager-delivery.ts")}";
import { WorkloadRepository } from "${project.from("components/registry/workload-repository.ts")}";
const { environment } = loadProject(${JSON.stringify(PROJECT)}, "prod", { variables: process.env });
const provider = awsProvider(environment);
const opts = { provider };
const providers = { providers: { aws: provider } };
${program}`;
}

function withPolicy(command: "preview" | "up") {
  return project.run(command, "--policy-pack", POLICY);
}

describe("the policy pack", () => {
  it("passes the platform stack of production, whose values are not known yet", async () => {
    const environment = await readFile(join(PROJECT, "environments", "prod.yaml"), "utf8");
    const manifests = join(project.directory, "install.yaml");
    await writeFile(manifests, INSTALL_MANIFESTS);
    await mkdir(join(project.directory, "environments"));
    await writeFile(
      join(project.directory, "environments", "test.yaml"),
      environment
        .replace(/^ {2}name: prod$/m, "  name: test")
        .replace(/manifests: https:.*/, `manifests: ${manifests}`),
    );
    await cp(join(PROJECT, "teams"), join(project.directory, "teams"), { recursive: true });
    await project.write(`export { default } from "${project.from("index.ts")}";`);
    const preview = await withPolicy("preview");
    expect(preview.output).toContain("haulway@");
    expect(preview.output).not.toMatch(/mandatory|can't run policy|error/);
    expect(preview.changes["create"]).toBeGreaterThan(50);
    expect(preview.exitCode).toBe(0);
  });

  it("passes what the stacks of clusters and teams make", async () => {
    await project.write(
      inProduction(`
new WorkloadRepository("claims-intake", { repositoryName: "prod/claims/intake" }, providers);
new WorkloadIdentity("claims-intake", {
  roleName: "prod-claims-intake", namespace: "claims", serviceAccount: "intake",
  clusters: [{ name: "workload-a", eksName: "prod-workload-a" }],
  permissions: [{ actions: ["s3:GetObject"], resources: ["arn:aws:s3:::claims-intake/*"] }],
}, providers);
new SecretsManagerDelivery("publisher", {
  workload: { environment: "prod", team: "claims", system: "claims", workload: "intake" },
  user: "publisher", creds: { "nats.creds": "creds" },
}, providers);`),
    );
    const preview = await withPolicy("preview");
    expect(preview.output).not.toMatch(/mandatory|can't run policy|error/);
    expect(preview.exitCode).toBe(0);
  });

  it("refuses what breaks a rule, with all that is wrong, and makes nothing", async () => {
    await project.write(
      inProduction(`
new aws.ecr.Repository("images", { encryptionConfigurations: [{ encryptionType: "AES256" }] }, opts);
const untagged = new aws.Provider("untagged", { region: "eu-central-1" });
new aws.sqs.Queue("events", { sqsManagedSseEnabled: true }, { provider: untagged });
const role = new aws.iam.Role("pods", { assumeRolePolicy: JSON.stringify({ Version: "2012-10-17", Statement: [
  { Effect: "Allow", Principal: { Service: "pods.eks.amazonaws.com" }, Action: ["sts:AssumeRole", "sts:TagSession"] },
] }) }, opts);
new aws.iam.RolePolicy("pods", { role: role.name, policy: JSON.stringify({ Version: "2012-10-17", Statement: [
  { Effect: "Allow", Action: ["s3:*"], Resource: ["*"] },
] }) }, opts);`),
    );
    const { output, exitCode } = await withPolicy("preview");
    expect(exitCode).not.toBe(0);
    expect(output).toContain('imageTagMutability: is not set, expected "IMMUTABLE"');
    expect(output).toContain("trusts pods whatever their eks-cluster-name");
    expect(output).toContain('action "s3:*" allows everything in s3');
    expect(output).toContain("provider: sets no tag environment, managed-by, stack");

    // What is not asked beforehand ends at the first.
    const up = await withPolicy("up");
    expect(up.output).toContain("[mandatory]");
    expect(up.exitCode).not.toBe(0);
    expect(await project.resources("Queue")).toEqual([]);
    expect(await project.resources("Role")).toEqual([]);
    expect(await project.resources("Repository")).toEqual([]);
  });

  it("shows what it only advises, and lets it pass", async () => {
    await project.write(
      inProduction(`
new aws.eks.Cluster("open", {
  roleArn: "arn:aws:iam::444455556666:role/cluster", deletionProtection: true,
  encryptionConfig: { provider: { keyArn: "arn:aws:kms:eu-central-1:444455556666:key/1" }, resources: ["secrets"] },
  vpcConfig: { subnetIds: ["subnet-1"], endpointPrivateAccess: true, endpointPublicAccess: true, publicAccessCidrs: ["0.0.0.0/0"] },
}, opts);`),
    );
    const preview = await withPolicy("preview");
    expect(preview.output).toContain("lets everybody reach the API server, as is written there");
    expect(preview.exitCode).toBe(0);
  });
});
