import { describe, expect, test } from "vitest";
import { policyJson } from "../../../manifests/iam/policy-document.ts";
import { podIdentityTrust, roleTrust, serviceTrust } from "../../../manifests/iam/trust.ts";
import { type CheckedResource, describeFinding, UNKNOWN } from "../../../policy/checked-resource.ts";
import { RULES } from "../../../policy/rules/rules.ts";

const TAGS = { environment: "dev", "managed-by": "haulway", stack: "dev" };
const PROVIDER = { region: "eu-central-1", defaultTags: JSON.stringify({ tags: TAGS }) };

type Inputs = Readonly<Record<string, unknown>>;
type Options = Partial<Pick<CheckedResource, "protect" | "provider">>;

interface Case {
  readonly rule: string;
  readonly title: string;
  readonly type: string;
  readonly inputs: Inputs;
  readonly options?: Options;
  /** The beginning of each finding: its place and what is wrong. None: the rule is content. */
  readonly found: readonly string[];
}

function cases(
  rule: string,
  type: string,
  ...rows: readonly [title: string, inputs: Inputs, found?: readonly string[], options?: Options][]
): readonly Case[] {
  return rows.map(([title, inputs, found = [], options]) => ({
    rule,
    title,
    type,
    inputs,
    found,
    ...(options && { options }),
  }));
}

const CLUSTER = "aws:eks/cluster:Cluster";
const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
const ROLE = "aws:iam/role:Role";
const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";
const KEY = "arn:aws:kms:eu-central-1:111122223333:key/1";

function allow(
  action: string,
  resource: string,
  condition?: Record<string, Record<string, string[]>>,
): string {
  return policyJson({
    Effect: "Allow",
    Action: [action],
    Resource: [resource],
    ...(condition && { Condition: condition }),
  });
}

function trustOfPods(...tags: readonly string[]): string {
  const values = Object.fromEntries(tags.map((tag) => [`aws:RequestTag/${tag}`, ["x"]]));
  return policyJson({
    Effect: "Allow",
    Principal: { Service: "pods.eks.amazonaws.com" },
    Action: ["sts:AssumeRole"],
    Condition: { StringEquals: values },
  });
}

const CASES: readonly Case[] = [
  ...cases(
    "encryption",
    CLUSTER,
    ["a key for secrets", { encryptionConfig: { provider: { keyArn: KEY }, resources: ["secrets"] } }],
    [
      "a key that is still to come",
      { encryptionConfig: { provider: { keyArn: UNKNOWN }, resources: ["secrets"] } },
    ],
    ["nothing", {}, ["encryptionConfig: names no KMS key"]],
    [
      "a key for nothing",
      { encryptionConfig: { provider: { keyArn: KEY }, resources: [] } },
      ["encryptionConfig: does not cover secrets"],
    ],
  ),
  ...cases(
    "encryption",
    TEMPLATE,
    ["encrypted volumes", { blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { encrypted: "true" } }] }],
    ["no volumes", {}, ["blockDeviceMappings: leaves the encryption of volumes to the account's default"]],
    [
      "one plain volume of two",
      { blockDeviceMappings: [{ ebs: { encrypted: true } }, { ebs: { encrypted: "false" } }] },
      ['blockDeviceMappings.1.ebs.encrypted: is "false"'],
    ],
  ),
  ...cases(
    "encryption",
    "aws:ebs/volume:Volume",
    ["encrypted", { encrypted: true }],
    ["plain", {}, ["encrypted: is not set"]],
  ),
  ...cases(
    "encryption",
    "aws:ecr/repository:Repository",
    ["AES", { encryptionConfigurations: [{ encryptionType: "AES256" }] }],
    ["KMS", { encryptionConfigurations: [{ encryptionType: "KMS" }] }],
    ["not said", {}, ["encryptionConfigurations.0.encryptionType: is not set"]],
  ),
  ...cases(
    "encryption",
    "aws:kms/key:Key",
    ["a key that rotates", { enableKeyRotation: true }],
    ["a key that does not", {}, ["enableKeyRotation: is not set"]],
  ),
  ...cases(
    "encryption",
    "aws:sqs/queue:Queue",
    ["encrypted by SQS", { sqsManagedSseEnabled: true }],
    ["encrypted by a key", { kmsMasterKeyId: KEY }],
    ["plain", { sqsManagedSseEnabled: false }, ["sqsManagedSseEnabled: is false"]],
  ),
  ...cases("encryption", "aws:ec2/vpc:Vpc", ["nothing to encrypt", {}]),

  ...cases(
    "public-access",
    CLUSTER,
    ["private", { vpcConfig: { endpointPrivateAccess: true, endpointPublicAccess: false } }],
    [
      "public for named blocks",
      {
        vpcConfig: {
          endpointPrivateAccess: true,
          endpointPublicAccess: true,
          publicAccessCidrs: ["198.51.100.0/24"],
        },
      },
    ],
    ["not known yet", { vpcConfig: UNKNOWN }],
    [
      "public for whom nobody says",
      { vpcConfig: { endpointPrivateAccess: true, endpointPublicAccess: true } },
      ["vpcConfig.publicAccessCidrs: is not set, which lets everybody"],
    ],
    [
      "what AWS makes of silence",
      {},
      ["vpcConfig.endpointPrivateAccess: is not set", "vpcConfig.publicAccessCidrs: is not set"],
    ],
    [
      "public for everybody, written out",
      {
        vpcConfig: {
          endpointPrivateAccess: true,
          endpointPublicAccess: true,
          publicAccessCidrs: ["0.0.0.0/0"],
        },
      },
      ["(advice) vpcConfig.publicAccessCidrs: lets everybody reach the API server"],
    ],
  ),
  ...cases(
    "public-access",
    "aws:ec2/securityGroup:SecurityGroup",
    [
      "open within the VPC, and outwards",
      { ingress: [{ cidrBlocks: ["10.0.0.0/16"] }], egress: [{ cidrBlocks: ["0.0.0.0/0"] }] },
    ],
    [
      "open to everybody",
      { ingress: [{ cidrBlocks: ["0.0.0.0/0"] }] },
      ['ingress.0.cidrBlocks: has "0.0.0.0/0"'],
    ],
    [
      "open to everybody by IPv6",
      { ingress: [{ ipv6CidrBlocks: ["::/0"] }] },
      ['ingress.0.ipv6CidrBlocks: has "::/0"'],
    ],
  ),
  ...cases(
    "public-access",
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    ["outwards", { type: "egress", cidrBlocks: ["0.0.0.0/0"] }],
    ["inwards", { type: "ingress", cidrBlocks: ["0.0.0.0/0"] }, ['cidrBlocks: has "0.0.0.0/0"']],
  ),
  ...cases(
    "public-access",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    ["another group", { referencedSecurityGroupId: "sg-1" }],
    ["everybody", { cidrIpv4: "0.0.0.0/0" }, ['cidrIpv4: has "0.0.0.0/0"']],
  ),
  ...cases(
    "public-access",
    "aws:ec2/subnet:Subnet",
    ["addresses of the VPC", { mapPublicIpOnLaunch: false }],
    [
      "public addresses",
      { mapPublicIpOnLaunch: true },
      ["mapPublicIpOnLaunch: gives machines public addresses"],
    ],
  ),
  ...cases(
    "public-access",
    TEMPLATE,
    ["addresses of the VPC", { networkInterfaces: [{ associatePublicIpAddress: "false" }] }],
    [
      "public addresses",
      { networkInterfaces: [{ associatePublicIpAddress: "true" }] },
      ["networkInterfaces.0.associatePublicIpAddress: gives machines public addresses"],
    ],
  ),

  ...cases(
    "instance-metadata",
    TEMPLATE,
    ["IMDSv2 at one hop", { metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 } }],
    [
      "two hops",
      { metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 2 } },
      ["metadataOptions.httpPutResponseHopLimit: is 2"],
    ],
    [
      "IMDSv1",
      {},
      ["metadataOptions.httpTokens: is not set", "metadataOptions.httpPutResponseHopLimit: is not set"],
    ],
  ),

  ...cases(
    "immutable-image-tags",
    "aws:ecr/repository:Repository",
    ["immutable", { imageTagMutability: "IMMUTABLE" }],
    ["mutable", { imageTagMutability: "MUTABLE" }, ['imageTagMutability: is "MUTABLE"']],
    ["mutable by default", {}, ["imageTagMutability: is not set"]],
  ),

  ...cases(
    "private-buckets",
    "aws:s3/bucket:Bucket",
    ["no list", {}],
    ["public", { acl: "public-read" }, ['acl: is "public-read"']],
  ),
  ...cases("private-buckets", "aws:s3/bucketAcl:BucketAcl", [
    "public",
    { acl: "authenticated-read" },
    ["acl: is"],
  ]),
  ...cases(
    "private-buckets",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    [
      "everything blocked",
      { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
    ],
    [
      "one thing lifted",
      {
        blockPublicAcls: true,
        blockPublicPolicy: false,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      ["blockPublicPolicy: is false"],
    ],
  ),

  ...cases(
    "iam-wildcards",
    ROLE_POLICY,
    ["named", { policy: allow("s3:GetObject", "arn:aws:s3:::claims-intake/*") }],
    ["not known yet", { policy: UNKNOWN }],
    ["on the list", { policy: allow("sts:AssumeRole", "arn:aws:iam::111122223333:role/dev-*-argocd") }],
    [
      "the same for users",
      { policy: allow("sts:AssumeRole", "arn:aws:iam::111122223333:user/dev-*-argocd") },
      [
        'policy, statement 1: action "sts:AssumeRole" is allowed on "arn:aws:iam::111122223333:user/dev-*-argocd"',
      ],
    ],
    [
      "everything",
      { policy: allow("*", "*") },
      ['policy, statement 1: action "*" allows everything in the account'],
    ],
    [
      "a service",
      { policy: allow("s3:*", "arn:aws:s3:::claims-intake/*") },
      ['policy, statement 1: action "s3:*" allows everything in s3'],
    ],
    [
      "any resource",
      { policy: allow("s3:GetObject", "*") },
      ['policy, statement 1: action "s3:GetObject" is allowed on "*"'],
    ],
    [
      "any resource of a type, a condition notwithstanding",
      {
        policy: allow("ec2:TerminateInstances", "arn:aws:ec2:eu-central-1:111122223333:instance/*", {
          StringEquals: { "aws:ResourceTag/a": ["b"] },
        }),
      },
      ['policy, statement 1: action "ec2:TerminateInstances" is allowed on'],
    ],
    [
      "everything but one thing",
      { policy: '{"Statement":{"Effect":"Allow","NotAction":"iam:*","Resource":"arn:aws:s3:::a/*"}}' },
      ["policy, statement 1: allows by NotAction"],
    ],
    ["a prohibition", { policy: '{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}' }],
    ["no JSON", { policy: "allow" }, ["policy: cannot be read"]],
  ),
  ...cases(
    "iam-wildcards",
    ROLE,
    [
      "a policy within the role",
      { inlinePolicies: [{ policy: allow("s3:*", "*") }] },
      ['inlinePolicies.0.policy, statement 1: action "s3:*"'],
    ],
    [
      "an administrator",
      { managedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"] },
      ["managedPolicyArns.0: is arn:aws:iam::aws:policy/AdministratorAccess"],
    ],
  ),
  ...cases(
    "iam-wildcards",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    ["a task", { policyArn: "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy" }],
    ["a service", { policyArn: "arn:aws:iam::aws:policy/AmazonS3FullAccess" }, ["policyArn: is arn:aws:iam"]],
  ),

  ...cases(
    "trusted-principals",
    ROLE,
    [
      "pods",
      { assumeRolePolicy: podIdentityTrust({ clusterNames: ["a"], namespace: "n", serviceAccounts: ["s"] }) },
    ],
    ["a service", { assumeRolePolicy: serviceTrust("ec2.amazonaws.com") }],
    ["a role", { assumeRolePolicy: roleTrust("arn:aws:iam::111122223333:role/dev-argocd") }],
    [
      "pods of any ServiceAccount",
      { assumeRolePolicy: trustOfPods("eks-cluster-name", "kubernetes-namespace") },
      ["assumeRolePolicy, statement 1: trusts pods whatever their kubernetes-service-account"],
    ],
    [
      "pods of any namespace on any cluster",
      { assumeRolePolicy: trustOfPods("kubernetes-service-account") },
      ["assumeRolePolicy, statement 1: trusts pods whatever their eks-cluster-name, kubernetes-namespace"],
    ],
    [
      "all pods",
      { assumeRolePolicy: serviceTrust("pods.eks.amazonaws.com") },
      [
        "assumeRolePolicy, statement 1: trusts pods whatever their eks-cluster-name, kubernetes-namespace, kubernetes-service-account",
      ],
    ],
    [
      "everybody",
      { assumeRolePolicy: '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}' },
      ["assumeRolePolicy, statement 1: trusts everybody"],
    ],
  ),
  ...cases(
    "trusted-principals",
    "aws:sqs/queuePolicy:QueuePolicy",
    [
      "nobody without TLS",
      { policy: '{"Statement":[{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*"}]}' },
    ],
    [
      "everybody",
      {
        policy:
          '{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sqs:SendMessage","Resource":"*"}]}',
      },
      ["policy, statement 1: trusts everybody"],
    ],
  ),

  ...cases(
    "required-tags",
    "aws:ec2/vpc:Vpc",
    ["tags of the provider", { tags: { Name: "x" } }],
    [
      "its own text for one",
      { tags: { stack: "another" } },
      ["tags.stack: hides where the resource comes from"],
    ],
    ["the default provider", {}, ["provider: is Pulumi's default one"], { provider: undefined }],
    [
      "a provider that lacks some",
      {},
      ["provider: sets no tag managed-by, stack"],
      { provider: { defaultTags: { tags: { environment: "dev" } } } },
    ],
    ["a provider that is still to come", {}, [], { provider: { defaultTags: UNKNOWN } }],
  ),
  ...cases("required-tags", "kubernetes:core/v1:Secret", ["nothing of AWS", {}, [], { provider: undefined }]),

  ...cases(
    "data-protection",
    CLUSTER,
    ["protected", { deletionProtection: true }],
    ["not said", {}, ["deletionProtection: is not set"]],
    ["open, written out", { deletionProtection: false }, ["(advice) deletionProtection: is false"]],
  ),
  ...cases(
    "data-protection",
    "aws:s3/bucket:Bucket",
    ["protected", {}, [], { protect: true }],
    ["open", {}, ["protect: does not keep it from being deleted"]],
    [
      "emptied by a destroy",
      { forceDestroy: true },
      ["forceDestroy: deletes all objects"],
      { protect: true },
    ],
  ),
  ...cases(
    "data-protection",
    "aws:rds/instance:Instance",
    ["protected by AWS", { deletionProtection: true }],
    ["protected by Pulumi", {}, [], { protect: true }],
    ["open", {}, ["deletionProtection: does not keep it from being deleted"]],
  ),
  ...cases("data-protection", "aws:ecr/repository:Repository", [
    "images can be built again",
    { forceDelete: true },
  ]),
];

function check({ rule: name, type, inputs, options }: Case): readonly string[] {
  const rule = RULES.find((candidate) => candidate.name === name);
  if (rule === undefined) throw new Error(`no rule ${name}`);
  const resource = { type, name: "x", inputs, protect: false, provider: PROVIDER, ...options };
  return rule
    .check(resource)
    .map(({ path, problem, advisory }) => `${advisory === true ? "(advice) " : ""}${path}: ${problem}`);
}

test.each(CASES)("$rule: $type with $title", (row) => {
  const found = check(row);
  expect(found).toHaveLength(row.found.length);
  for (const [index, beginning] of row.found.entries())
    expect(found[index]?.slice(0, beginning.length)).toBe(beginning);
});

describe("the rules", () => {
  test.each(RULES)("$name is shown to refuse something and to accept something of the same kind", ({
    name,
  }) => {
    const rows = CASES.filter(({ rule }) => rule === name);
    const refused = rows.filter(({ found }) => found.some((text) => !text.startsWith("(advice)")));
    const accepted = rows.filter(({ found }) => found.length === 0);
    expect(refused.filter(({ type }) => accepted.some((other) => other.type === type))).not.toEqual([]);
  });

  test("leave kinds of resources alone that they do not speak of", () => {
    const found = RULES.flatMap((rule) =>
      rule.check({ type: "kubernetes:core/v1:Service", name: "x", inputs: {}, protect: false }),
    );
    expect(found).toEqual([]);
  });
});

test("a finding says where, what is wrong, what is expected and what to do", () => {
  const resource = {
    type: "aws:ecr/repository:Repository",
    name: "claims-intake-repository",
    inputs: { imageTagMutability: "MUTABLE" },
    protect: false,
  };
  const [finding] = RULES.find(({ name }) => name === "immutable-image-tags")?.check(resource) ?? [];
  expect(finding && describeFinding(finding)).toBe(
    'imageTagMutability: is "MUTABLE", expected "IMMUTABLE". Set imageTagMutability: "IMMUTABLE".',
  );
});
