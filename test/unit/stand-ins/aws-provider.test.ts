import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { awsProvider } from "../../../local/stand-ins/aws/aws-provider.ts";
import type {
  CustomResources,
  KnownResource,
  PluginProvider,
} from "../../../local/stand-ins/plugin/plugin-provider.ts";
import { type Properties, UNKNOWN } from "../../../local/stand-ins/plugin/property-values.ts";

const ROLE = "aws:iam/role:Role";
const VPC = "aws:ec2/vpc:Vpc";
const SUBNET = "aws:ec2/subnet:Subnet";
const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

let directory: string;
let provider: PluginProvider;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "haulway-aws-"));
  provider = await configured({});
});

afterEach(() => rm(directory, { recursive: true, force: true }));

describe("names and ids", () => {
  it.each<[string, Properties, string, string]>([
    [ROLE, { name: "r", assumeRolePolicy: TRUST }, "r", "arn:aws:iam::111122223333:role/r"],
    [
      ROLE,
      { name: "r", path: "/team/", assumeRolePolicy: TRUST },
      "r",
      "arn:aws:iam::111122223333:role/team/r",
    ],
    [
      "aws:ecr/repository:Repository",
      { name: "a/b" },
      "a/b",
      "arn:aws:ecr:eu-central-1:111122223333:repository/a/b",
    ],
    [
      "aws:sqs/queue:Queue",
      { name: "q" },
      "https://sqs.eu-central-1.amazonaws.com/111122223333/q",
      "arn:aws:sqs:eu-central-1:111122223333:q",
    ],
    ["aws:sns/topic:Topic", { name: "t" }, "t", "arn:aws:sns:eu-central-1:111122223333:topic/t"],
  ])("of %s are of the right shape", async (type, inputs, id, arn) => {
    const created = await create(type, inputs);
    expect([created.id, created.outputs["arn"]]).toEqual([id, arn]);
  });

  it("that nobody gave are drawn from the engine's seed, and kept", async () => {
    const randomSeed = Uint8Array.from([0xab, 0xcd, 0xef, 0x01]);
    const first = await resources().check(identity(ROLE), {
      olds: {},
      news: { assumeRolePolicy: TRUST },
      randomSeed,
    });
    expect(first.inputs["name"]).toBe("it-abcdef0");
    const other = Uint8Array.from([1, 2, 3, 4]);
    const second = await resources().check(identity(ROLE), {
      olds: first.inputs,
      news: { assumeRolePolicy: TRUST },
      randomSeed: other,
    });
    expect(second.inputs["name"]).toBe("it-abcdef0");
  });

  it("are unique per type, account and region", async () => {
    const repository = "aws:ecr/repository:Repository";
    await create(repository, { name: "same" });
    await expect(create(repository, { name: "same" })).rejects.toThrow(
      'ecr repository "same" already exists in account 111122223333, region eu-central-1',
    );
    await create(repository, { name: "same", region: "eu-west-1" });
    provider = await configured({ allowedAccountIds: '["444455556666"]' });
    await create(repository, { name: "same" });
    await create("aws:sqs/queue:Queue", { name: "same" });
  });

  it("are taken by one of two that are created at once", async () => {
    const attempts = Array.from({ length: 8 }, () => create(ROLE, { name: "race", assumeRolePolicy: TRUST }));
    const settled = await Promise.allSettled(attempts);
    expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });
});

describe("inputs", () => {
  it.each<[string, Properties, string]>([
    [ROLE, {}, 'missing required property "assumeRolePolicy"'],
    [ROLE, { assumeRolePolicy: "{" }, "MalformedPolicyDocument: This policy contains invalid Json"],
    [ROLE, { assumeRolePolicy: "{}" }, "MalformedPolicyDocument: Syntax errors in policy"],
    [SUBNET, { cidrBlock: "10.0.0.0/24" }, 'missing required property "vpcId"'],
  ])("of %s are checked: %o", async (type, news, reason) => {
    const { failures } = await resources().check(identity(type), {
      olds: {},
      news,
      randomSeed: new Uint8Array(),
    });
    expect(failures.map((failure) => failure.reason)).toEqual([reason]);
  });

  it.each([
    [{ minSize: 2, desiredSize: 2, maxSize: 3 }, []],
    [{ minSize: 2, desiredSize: UNKNOWN, maxSize: 3 }, []],
    [
      { minSize: 3, desiredSize: 2, maxSize: 3 },
      ["InvalidParameterException: desired capacity 2 is not between 3 and 3"],
    ],
    [
      { minSize: 1, desiredSize: 4, maxSize: 3 },
      ["InvalidParameterException: desired capacity 4 is not between 1 and 3"],
    ],
  ])("of a node group keep its size within its bounds: %o", async (scalingConfig, reasons) => {
    const { failures } = await resources().check(identity("aws:eks/nodeGroup:NodeGroup"), {
      olds: {},
      news: { clusterName: "c", nodeRoleArn: "r", subnetIds: ["s"], scalingConfig },
      randomSeed: new Uint8Array(),
    });
    expect(failures.map((failure) => failure.reason)).toEqual(reasons);
  });

  it("may be unknown in a preview", async () => {
    const { failures } = await resources().check(identity(ROLE), {
      olds: {},
      news: { assumeRolePolicy: UNKNOWN },
      randomSeed: new Uint8Array(),
    });
    expect(failures).toEqual([]);
  });

  it.each<[string, Properties, string]>([
    [SUBNET, { vpcId: "vpc-1", cidrBlock: "10.0.0.0/24" }, 'vpcId: no ec2 vpc "vpc-1" exists'],
    [
      "aws:eks/podIdentityAssociation:PodIdentityAssociation",
      { clusterName: "c", namespace: "n", serviceAccount: "s", roleArn: "arn:aws:iam::111122223333:role/x" },
      'clusterName: no eks cluster "c" exists; roleArn: no iam role "arn:aws:iam::111122223333:role/x" exists',
    ],
    [
      ATTACHMENT,
      { role: "x", policyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
      'role: no iam role "x" exists',
    ],
    ["aws:lambda/function:Function", { name: "f", roleArn: "arn:aws:iam::1:role/x" }, "roleArn: no iam role"],
    [
      ROLE,
      {
        name: "spoke",
        assumeRolePolicy: JSON.stringify({
          Statement: [
            {
              Effect: "Allow",
              Principal: { AWS: "arn:aws:iam::111122223333:role/hub" },
              Action: "sts:AssumeRole",
            },
          ],
        }),
      },
      'Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:role/hub"',
    ],
  ])("of %s must name what exists: %o", async (type, inputs, message) => {
    await expect(create(type, inputs)).rejects.toThrow(message);
  });
});

describe("changes", () => {
  const old: KnownResource = {
    id: "r",
    inputs: { name: "r", path: "/", assumeRolePolicy: "a" },
    outputs: { tagsAll: { environment: "test" } },
  };

  it.each<[Properties, object]>([
    [{}, { changed: [], replaces: [], deleteBeforeReplace: false }],
    [{ assumeRolePolicy: "b" }, { changed: ["assumeRolePolicy"], replaces: [], deleteBeforeReplace: false }],
    [{ path: "/x/" }, { changed: ["path"], replaces: ["path"], deleteBeforeReplace: true }],
    [{ name: "s" }, { changed: ["name"], replaces: ["name"], deleteBeforeReplace: false }],
    [
      { assumeRolePolicy: UNKNOWN },
      { changed: ["assumeRolePolicy"], replaces: [], deleteBeforeReplace: false },
    ],
  ])("%o", async (change, expected) => {
    provider = await configured({ defaultTags: '{"tags":{"environment":"test"}}' });
    expect(await resources().diff(identity(ROLE), { old, news: { ...old.inputs, ...change } })).toEqual(
      expected,
    );
  });

  it("of the provider's default tags change what has tags", async () => {
    provider = await configured({ defaultTags: '{"tags":{"environment":"prod"}}' });
    expect(await resources().diff(identity(ROLE), { old, news: old.inputs })).toMatchObject({
      changed: ["tagsAll"],
    });
  });

  it("of the region make a new resource, and the old one goes where it was", async () => {
    const vpc = await create(VPC, { cidrBlock: "10.0.0.0/16" });
    const elsewhere = { ...vpc.inputs, region: "eu-west-1" };
    expect(await resources().diff(identity(VPC), { old: vpc, news: elsewhere })).toMatchObject({
      replaces: ["region"],
    });
    provider = await configured({ region: "eu-west-1" });
    expect(await resources().diff(identity(VPC), { old: vpc, news: vpc.inputs })).toMatchObject({
      replaces: ["region"],
    });
    await resources().delete(identity(VPC), vpc);
    provider = await configured({});
    expect(await resources().read(identity(VPC), { id: vpc.id, inputs: {}, outputs: {} })).toBeUndefined();
  });

  it("in place keep what was drawn", async () => {
    const vpc = await create(VPC, { cidrBlock: "10.0.0.0/16" });
    const news = { cidrBlock: "10.0.0.0/16", enableDnsHostnames: true };
    const outputs = await resources().update(identity(VPC), { old: vpc, news, preview: false });
    expect(outputs).toEqual({ ...vpc.outputs, enableDnsHostnames: true });
    const previewed = await resources().update(identity(VPC), { old: vpc, news, preview: true });
    expect(previewed).toMatchObject({ arn: vpc.outputs["arn"], enableDnsHostnames: true });
  });
});

describe("reading", () => {
  it("finds by id alone, as an import does", async () => {
    const vpc = await create(VPC, { cidrBlock: "10.0.0.0/16" });
    expect(await resources().read(identity(VPC), { id: vpc.id, inputs: {}, outputs: {} })).toEqual(vpc);
  });

  it("finds nothing where nothing is", async () => {
    expect(await resources().read(identity(VPC), { id: "vpc-1", inputs: {}, outputs: {} })).toBeUndefined();
  });
});

describe("deleting", () => {
  it("is refused while something needs it", async () => {
    const vpc = await create(VPC, { cidrBlock: "10.0.0.0/16" });
    const subnet = await create(SUBNET, { vpcId: vpc.id, cidrBlock: "10.0.0.0/24" });
    await expect(resources().delete(identity(VPC), vpc)).rejects.toThrow(
      `DependencyViolation: ec2 vpc "${vpc.id}" cannot be deleted: in use by ec2 subnet "${subnet.id}"`,
    );
    await resources().delete(identity(SUBNET), subnet);
    await resources().delete(identity(VPC), vpc);
  });

  it("of a role is refused while a policy is attached", async () => {
    const role = await create(ROLE, { name: "r", assumeRolePolicy: TRUST });
    const policyArn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy";
    const attachment = await create(ATTACHMENT, { role: "r", policyArn });
    await expect(resources().delete(identity(ROLE), role)).rejects.toThrow(
      "in use by iam rolePolicyAttachment",
    );
    await resources().delete(identity(ATTACHMENT), attachment);
    await resources().delete(identity(ROLE), role);
  });

  it("twice does no harm", async () => {
    const vpc = await create(VPC, { cidrBlock: "10.0.0.0/16" });
    await resources().delete(identity(VPC), vpc);
    await resources().delete(identity(VPC), vpc);
  });
});

describe("the provider's configuration", () => {
  it.each([
    [{ region: "" }, 'invalid AWS Region: ""'],
    [{ region: "Frankfurt" }, 'invalid AWS Region: "Frankfurt"'],
    [
      {
        allowedAccountIds: '["111122223333"]',
        assumeRoles: '[{"roleArn":"arn:aws:iam::444455556666:role/x"}]',
      },
      "AWS account ID not allowed: 444455556666; allowed are: 111122223333",
    ],
    [{ forbiddenAccountIds: '["111122223333"]' }, "AWS account ID not allowed: 111122223333"],
  ])("%o is refused", async (configuration, message) => {
    await expect(configured(configuration)).rejects.toThrow(message);
  });

  it("decides the partition", async () => {
    provider = await configured({ region: "us-gov-west-1" });
    const role = await create(ROLE, { name: "r", assumeRolePolicy: TRUST });
    expect(role.outputs["arn"]).toBe("arn:aws-us-gov:iam::111122223333:role/r");
  });
});

async function configured(configuration: Readonly<Record<string, string>>): Promise<PluginProvider> {
  const made = awsProvider({ version: "7.0.0", directory, clustersFile: join(directory, "clusters.json") });
  await made.configure?.({ region: "eu-central-1", allowedAccountIds: '["111122223333"]', ...configuration });
  return made;
}

function resources(): CustomResources {
  if (provider.resources === undefined) {
    throw new Error("the provider has no resources");
  }
  return provider.resources;
}

async function create(type: string, inputs: Properties): Promise<KnownResource> {
  return { inputs, ...(await resources().create(identity(type), { inputs, preview: false })) };
}

function identity(type: string): { urn: string; type: string; name: string } {
  return { urn: `urn:pulumi:test::haulway::${type}::it`, type, name: "it" };
}
