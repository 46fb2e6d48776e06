import type { CheckedResource, Finding } from "./checked-resource.ts";
import { inputAt, listOf } from "./inputs.ts";
import { type Statement, statementsOf } from "./policy-document.ts";

/** A statement of a policy among the inputs of a resource. */
export interface PlacedStatement {
  /** Such as `policy, statement 1`. */
  readonly path: string;
  readonly statement: Statement;
}

/** The statements of all policies of one kind that a resource has. What is not known yet is left out. */
export interface ResourceStatements {
  readonly statements: readonly PlacedStatement[];
  /** Policies that cannot be read. */
  readonly findings: readonly Finding[];
}

type Paths = (inputs: CheckedResource["inputs"]) => readonly string[];

const policy: Paths = () => ["policy"];

/** Where resources have policies that say what their holder may do. */
const IDENTITY_POLICIES: Readonly<Record<string, Paths>> = {
  "aws:iam/policy:Policy": policy,
  "aws:iam/rolePolicy:RolePolicy": policy,
  "aws:iam/userPolicy:UserPolicy": policy,
  "aws:iam/groupPolicy:GroupPolicy": policy,
  "aws:iam/role:Role": (inputs) =>
    listOf(inputs["inlinePolicies"]).map((_, index) => `inlinePolicies.${index}.policy`),
};

/** Where resources have policies that say who may do something with them. */
const ACCESS_POLICIES: Readonly<Record<string, Paths>> = {
  "aws:iam/role:Role": () => ["assumeRolePolicy"],
  "aws:ecr/repositoryPolicy:RepositoryPolicy": policy,
  "aws:kms/key:Key": policy,
  "aws:kms/keyPolicy:KeyPolicy": policy,
  "aws:s3/bucket:Bucket": policy,
  "aws:s3/bucketPolicy:BucketPolicy": policy,
  "aws:secretsmanager/secret:Secret": policy,
  "aws:secretsmanager/secretPolicy:SecretPolicy": policy,
  "aws:sns/topic:Topic": policy,
  "aws:sns/topicPolicy:TopicPolicy": policy,
  "aws:sqs/queue:Queue": policy,
  "aws:sqs/queuePolicy:QueuePolicy": policy,
};

/** The statements of the policies by which a resource gives its holder rights. */
export function identityStatements(resource: CheckedResource): ResourceStatements {
  return statementsAt(resource, IDENTITY_POLICIES[resource.type]);
}

/** The statements of the policies by which a resource lets others do something with it; a role's trust is one. */
export function accessStatements(resource: CheckedResource): ResourceStatements {
  return statementsAt(resource, ACCESS_POLICIES[resource.type]);
}

function statementsAt({ inputs }: CheckedResource, paths: Paths | undefined): ResourceStatements {
  const statements: PlacedStatement[] = [];
  const findings: Finding[] = [];
  for (const path of paths?.(inputs) ?? []) {
    const text = inputAt(inputs, path);
    if (typeof text !== "string") continue;
    const read = statementsOf(text);
    if (read === undefined) {
      const wayOut = "Make it with policyJson.";
      findings.push({ path, problem: "cannot be read", expected: "an IAM policy as JSON", wayOut });
    }
    for (const [index, statement] of (read ?? []).entries()) {
      statements.push({ path: `${path}, statement ${index + 1}`, statement });
    }
  }
  return { statements, findings };
}
