import type { ResourceRules, Scope } from "../resource-rule.ts";

const SECRET = "aws:secretsmanager/secret:Secret";
const uuid = (scope: Scope): string => [8, 4, 4, 4, 12].map((length) => scope.hex(length)).join("-");

/** Source: AWS Secrets Manager API reference; types and outputs of @pulumi/aws 7. */
export const secretsManager: ResourceRules = {
  [SECRET]: {
    name: "name",
    id: (scope) =>
      `arn:${scope.partition}:secretsmanager:${scope.region}:${scope.account}:secret:${scope.name}-${scope.letters(6)}`,
    outputs: (scope) => ({ arn: scope.id }),
    immutable: ["name", "namePrefix"],
    policies: ["policy"],
  },
  "aws:secretsmanager/secretVersion:SecretVersion": {
    untagged: true,
    id: (scope) => `${scope.text("secretId")}|${uuid(scope)}`,
    outputs: (scope) => ({
      arn: scope.text("secretId"),
      secretArn: scope.text("secretId"),
      versionId: scope.id.split("|")[1],
      versionStages: ["AWSCURRENT"],
    }),
    required: ["secretId"],
    immutable: ["secretId", "secretString", "secretBinary"],
    references: { secretId: { to: [SECRET] } },
  },
};
