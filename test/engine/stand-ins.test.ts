import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Layout, layout } from "../../local/layout.ts";
import { installPlugins } from "../../local/stand-ins/install.ts";
import { ensureToolchain } from "../../local/toolchain/toolchain.ts";
import { PROJECT, TestProject } from "./support/engine.ts";

const HEADER = `
import * as aws from "@pulumi/aws";
const provider = new aws.Provider("aws", {
  region: "eu-central-1",
  allowedAccountIds: ["111122223333"],
  defaultTags: { tags: { environment: "test" } },
});
const opts = { provider };
const trust = JSON.stringify({ Version: "2012-10-17", Statement: [
  { Effect: "Allow", Principal: { Service: "eks.amazonaws.com" }, Action: "sts:AssumeRole" },
] });
`;

const NETWORK = `
const vpc = new aws.ec2.Vpc("main", { cidrBlock: "10.0.0.0/16", tags: { Name: "main" } }, opts);
const subnet = new aws.ec2.Subnet("a", { vpcId: vpc.id, cidrBlock: "10.0.0.0/24", availabilityZone: "eu-central-1a" }, opts);
const role = new aws.iam.Role("cluster", { name: "test-cluster", assumeRolePolicy: trust }, opts);
`;

let root: string;
let paths: Layout;
let project: TestProject;

beforeAll(async () => {
  await mkdir(join(PROJECT, "test", "engine", ".local"), { recursive: true });
  root = await mkdtemp(join(PROJECT, "test", "engine", ".local", "stand-ins-"));
  paths = layout(join(root, ".local"));
  await installPlugins({ toolchain: await ensureToolchain(), layout: paths, projectDir: PROJECT });
  const kubeconfig = join(root, "kubeconfig.yaml");
  await writeFile(kubeconfig, "apiVersion: v1\nkind: Config\ncurrent-context: local\n");
  const cluster = {
    name: "platform",
    role: "platform",
    server: "https://127.0.0.1:6443",
    certificateAuthority: "Y2E=",
    kubeconfig,
  };
  await writeFile(paths.clustersFile, JSON.stringify({ "test-platform": cluster }));
});

afterAll(() => rm(root, { recursive: true, force: true }));

beforeEach(async () => {
  project = await TestProject.create({ HAULWAY_LOCAL_DIR: paths.root, PULUMI_HOME: paths.pulumi.home });
});

afterEach(async () => {
  await project.close();
  await rm(paths.aws, { recursive: true, force: true });
});

async function use(program: string): Promise<void> {
  await project.write(HEADER + program);
}

describe("the stand-in for AWS on the engine", () => {
  it("creates, changes nothing on a second run, refreshes to the same, and leaves nothing behind", async () => {
    await use(`${NETWORK}
const repository = new aws.ecr.Repository("intake", { name: "test/claims/intake", imageTagMutability: "IMMUTABLE" }, opts);
export const vpcId = vpc.id;
export const tags = subnet.tagsAll;
export const roleArn = role.arn;
export const repositoryUrl = repository.repositoryUrl;`);
    const up = await project.run("up");
    expect(up.output).not.toContain("error");
    expect(up.changes).toEqual({ create: 4 });
    const outputs = await outputsOf(project);
    expect(outputs).toEqual({
      vpcId: expect.stringMatching(/^vpc-0[0-9a-f]{16}$/) as string,
      tags: { environment: "test" },
      roleArn: "arn:aws:iam::111122223333:role/test-cluster",
      repositoryUrl: "111122223333.dkr.ecr.eu-central-1.amazonaws.com/test/claims/intake",
    });
    expect((await project.run("up")).changes).toEqual({ same: 4 });
    expect((await project.run("refresh")).changes).toEqual({ refresh: 4 });
    expect((await project.run("preview", "--expect-no-changes")).exitCode).toBe(0);
    expect(await outputsOf(project)).toEqual(outputs);
    expect((await project.run("destroy")).changes).toEqual({ delete: 4 });
    expect(await files(paths.aws)).toEqual([]);
  });

  it("keeps drawn names, and replaces what cannot be changed in place", async () => {
    await use('new aws.sqs.Queue("jobs", { visibilityTimeoutSeconds: 30 }, opts);');
    await project.run("up");
    const [queue] = await project.resources("Queue");
    await use('new aws.sqs.Queue("jobs", { visibilityTimeoutSeconds: 60 }, opts);');
    expect((await project.run("up")).changes).toEqual({ update: 1 });
    expect((await project.resources("Queue"))[0]?.id).toBe(queue?.id);
    await use('new aws.sqs.Queue("jobs", { visibilityTimeoutSeconds: 60, fifoQueue: true }, opts);');
    expect((await project.run("up")).changes).toMatchObject({
      "create-replacement": 1,
      "delete-replaced": 1,
    });
  });

  it("deletes first what cannot be there twice", async () => {
    await use('new aws.iam.Role("cluster", { name: "fixed", assumeRolePolicy: trust }, opts);');
    await project.run("up");
    await use('new aws.iam.Role("cluster", { name: "fixed", path: "/x/", assumeRolePolicy: trust }, opts);');
    const up = await project.run("up");
    expect(up.exitCode).toBe(0);
    expect(up.changes).toMatchObject({ "create-replacement": 1, "delete-replaced": 1 });
  });

  it("refuses a name that is taken, without a stack trace", async () => {
    await use(`new aws.iam.Role("one", { name: "same", assumeRolePolicy: trust }, opts);`);
    await project.run("up");
    await use(`
new aws.iam.Role("one", { name: "same", assumeRolePolicy: trust }, opts);
new aws.iam.Role("two", { name: "same", assumeRolePolicy: trust }, opts);`);
    const up = await project.run("up");
    expect(up.exitCode).not.toBe(0);
    expect(up.output).toContain('iam role "same" already exists in account 111122223333');
    expect(up.output).not.toContain("    at ");
  });

  it("refuses references to what does not exist", async () => {
    await use(`new aws.eks.Cluster("platform", {
  name: "test-platform",
  roleArn: "arn:aws:iam::111122223333:role/missing",
  vpcConfig: { subnetIds: ["subnet-00000000000000000"] },
}, opts);`);
    const up = await project.run("up");
    expect(up.exitCode).not.toBe(0);
    expect(up.output).toContain('roleArn: no iam role "arn:aws:iam::111122223333:role/missing" exists');
    expect(up.output).toContain('vpcConfig.subnetIds: no ec2 subnet "subnet-00000000000000000" exists');
  });

  it("refuses an account that the provider does not allow", async () => {
    await mkdir(paths.aws, { recursive: true });
    await writeFile(join(paths.aws, "caller.json"), JSON.stringify({ account: "999999999999" }));
    await use(NETWORK);
    const up = await project.run("up");
    expect(up.exitCode).not.toBe(0);
    expect(up.output).toContain("AWS account ID not allowed: 999999999999");
  });

  it("answers functions, and refuses those that it does not have", async () => {
    await use(`
export const zones = aws.getAvailabilityZonesOutput({}, opts).names;
export const account = aws.getCallerIdentityOutput({}, opts).accountId;
export const policy = aws.iam.getPolicyDocumentOutput({ statements: [
  { actions: ["s3:GetObject"], resources: ["arn:aws:s3:::claims/*"] },
] }, opts).json.apply(JSON.parse);`);
    await project.run("up");
    expect(await outputsOf(project)).toEqual({
      zones: ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
      account: "111122223333",
      policy: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::claims/*" }],
      },
    });
    await use("export const ami = aws.ec2.getAmiOutput({ mostRecent: true }, opts).id;");
    const up = await project.run("up");
    expect(up.exitCode).not.toBe(0);
    expect(up.output).toContain("aws:ec2/getAmi:getAmi is not in the stand-in for AWS");
  });
});

describe("the stand-in for EKS on the engine", () => {
  it("gives the connection of the local control plane", async () => {
    await use(`${NETWORK}
import * as eks from "@pulumi/eks";
const cluster = new eks.Cluster("platform", {
  name: "test-platform",
  serviceRole: role,
  subnetIds: [subnet.id],
  vpcId: vpc.id,
  version: "1.36",
  authenticationMode: eks.AuthenticationMode.Api,
  skipDefaultNodeGroup: true,
  accessEntries: { admin: { principalArn: role.arn, accessPolicies: { admin: {
    policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
    accessScope: { type: "cluster" },
  } } } },
}, { providers: [provider] });
export const kubeconfig = cluster.kubeconfig;
export const endpoint = cluster.eksCluster.endpoint;
export const arn = cluster.eksCluster.arn;
export const authority = cluster.eksCluster.certificateAuthority.data;`);
    const preview = await project.run("preview");
    expect(preview.exitCode, preview.output).toBe(0);
    expect(await files(paths.aws)).toEqual([]);
    const up = await project.run("up");
    expect(up.output).not.toContain("error");
    expect(await outputsOf(project)).toEqual({
      kubeconfig: { apiVersion: "v1", kind: "Config", "current-context": "local" },
      endpoint: "https://127.0.0.1:6443",
      arn: "arn:aws:eks:eu-central-1:111122223333:cluster/test-platform",
      authority: "Y2E=",
    });
    const again = await project.run("up");
    expect(Object.keys(again.changes)).toEqual(["same"]);
    expect((await project.run("preview", "--expect-no-changes")).exitCode).toBe(0);
    expect((await project.run("destroy")).exitCode).toBe(0);
    expect(await files(paths.aws)).toEqual([]);
  });

  it("says when no control plane plays the cluster", async () => {
    await use(`${NETWORK}
new aws.eks.Cluster("other", { name: "test-other", roleArn: role.arn, vpcConfig: { subnetIds: [subnet.id] } }, opts);`);
    const up = await project.run("up");
    expect(up.exitCode).not.toBe(0);
    expect(up.output).toContain('plays the EKS cluster "test-other" (there are: test-platform)');
  });
});

describe("the stand-in for the command provider on the engine", () => {
  it("runs the scripts, and keeps a secret out of the state", async () => {
    await project.write(command('echo "$WORD"'));
    const up = await project.run("up");
    expect(up.output).not.toContain("error");
    expect(await outputsOf(project)).toEqual({ said: "hush" });
    expect(await project.stateText()).not.toContain("hush");
    expect((await project.run("up")).changes).toEqual({ same: 1 });
    await project.write(command('printf "%s!" "$WORD"'));
    expect((await project.run("up")).changes).toEqual({ update: 1 });
    expect((await project.run("destroy")).exitCode).toBe(0);
    expect(await readdir(root)).toContain("gone.txt");
  });

  it("fails with what the script printed", async () => {
    await project.write(command("echo broken >&2; exit 3"));
    const up = await project.run("up");
    expect(up.exitCode).not.toBe(0);
    expect(up.output).toContain("exit status 3");
    expect(up.output).toContain("broken");
  });
});

describe("a stand-in outside the local environment", () => {
  it("does not start", async () => {
    await use(NETWORK);
    const other = await TestProject.create({ PULUMI_HOME: paths.pulumi.home, HAULWAY_LOCAL_DIR: "" });
    try {
      await other.write(HEADER + NETWORK);
      const up = await other.run("up");
      expect(up.exitCode).not.toBe(0);
      expect(up.output).toContain("This is Haulway's stand-in for AWS");
    } finally {
      await other.close();
    }
  });
});

async function outputsOf(stack: TestProject): Promise<Readonly<Record<string, unknown>>> {
  const { output } = await stack.pulumi("stack", "output", "--json", "--show-secrets");
  return JSON.parse(output) as Readonly<Record<string, unknown>>;
}

/** A program with one command that sees a secret. */
function command(script: string): string {
  return `
import { Command } from "@pulumi/command/local/index.js";
import * as pulumi from "@pulumi/pulumi";
const command = new Command("say", {
  create: ${JSON.stringify(script)},
  delete: 'echo "$PULUMI_COMMAND_STDOUT" > gone.txt',
  dir: ${JSON.stringify(root)},
  environment: { WORD: pulumi.secret("hush") },
});
export const said = command.stdout;`;
}

/** What exists in the account. */
async function files(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true }).catch(() => []);
  return entries.filter((name) => name.endsWith(".json"));
}
