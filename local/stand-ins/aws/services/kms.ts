import type { ResourceRules, Scope } from "../resource-rule.ts";

const KEY = "aws:kms/key:Key";
const arn = (scope: Scope, rest: string): string =>
  `arn:${scope.partition}:kms:${scope.region}:${scope.account}:${rest}`;
const uuid = (scope: Scope): string => [8, 4, 4, 4, 12].map((length) => scope.hex(length)).join("-");

/** Source: AWS KMS API reference; types and outputs of @pulumi/aws 7. */
export const kms: ResourceRules = {
  [KEY]: {
    id: uuid,
    outputs: (scope) => ({
      arn: arn(scope, `key/${scope.id}`),
      keyId: scope.id,
      keyUsage: "ENCRYPT_DECRYPT",
      isEnabled: true,
    }),
    immutable: ["customerMasterKeySpec", "keyUsage", "multiRegion"],
    aliases: ["arn"],
    policies: ["policy"],
  },
  "aws:kms/alias:Alias": {
    name: "name",
    untagged: true,
    id: (scope) => scope.name,
    outputs: (scope) => ({ arn: arn(scope, scope.name) }),
    required: ["targetKeyId"],
    immutable: ["name", "namePrefix"],
    references: { targetKeyId: { to: [KEY] } },
  },
};
