import type { Reference, ResourceRule, ResourceRules } from "./resource-rule.ts";
import { cloudwatch } from "./services/cloudwatch.ts";
import { ec2 } from "./services/ec2.ts";
import { ecr } from "./services/ecr.ts";
import { eks } from "./services/eks.ts";
import { iam } from "./services/iam.ts";
import { kms } from "./services/kms.ts";
import { route53 } from "./services/route53.ts";
import { s3 } from "./services/s3.ts";
import { secretsManager } from "./services/secrets-manager.ts";
import { sqs } from "./services/sqs.ts";

const RULES: ResourceRules = {
  ...cloudwatch,
  ...ec2,
  ...ecr,
  ...eks,
  ...iam,
  ...kms,
  ...route53,
  ...s3,
  ...secretsManager,
  ...sqs,
};

/** Properties that mean the same in every service. They hold for types without a rule of their own, too. */
const COMMON_REFERENCES: Readonly<Record<string, Reference>> = {
  vpcId: { to: ["aws:ec2/vpc:Vpc"], blocksDeletion: true },
  subnetId: { to: ["aws:ec2/subnet:Subnet"], blocksDeletion: true },
  subnetIds: { to: ["aws:ec2/subnet:Subnet"], blocksDeletion: true },
  roleArn: { to: ["aws:iam/role:Role"] },
  kmsKeyId: { to: ["aws:kms/key:Key"] },
};

/** The rule for `type`; for a type that is not in the tables, what most of AWS has in common: a name, and an ARN that ends in it. */
export function ruleFor(type: string): ResourceRule {
  const rule = RULES[type] ?? commonRule(type);
  return { ...rule, references: { ...COMMON_REFERENCES, ...rule.references } };
}

/** The service of a type token: `iam` in `aws:iam/role:Role`. */
export function serviceOf(type: string): string {
  return type.split(":")[1]?.split("/")[0] ?? "";
}

/** The kind within its service: `role` in `aws:iam/role:Role`. */
export function kindOf(type: string): string {
  return type.split(":")[1]?.split("/")[1] ?? "";
}

function commonRule(type: string): ResourceRule {
  const kind = kindOf(type).replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
  return {
    id: (scope) => scope.text("name") || `${kind}-0${scope.hex(16)}`,
    unique: ["name"],
    outputs: (scope) => ({
      arn: `arn:${scope.partition}:${serviceOf(type)}:${scope.region}:${scope.account}:${kind}/${scope.id}`,
    }),
    immutable: ["name", "namePrefix"],
  };
}
