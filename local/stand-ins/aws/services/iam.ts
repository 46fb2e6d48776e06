import type { ResourceRules, Scope } from "../resource-rule.ts";

const path = (scope: Scope): string => scope.text("path") || "/";
const arn = (scope: Scope, kind: string): string =>
  `arn:${scope.partition}:iam::${scope.account}:${kind}${path(scope)}${scope.name}`;
const createDate = (): string => new Date().toISOString();

/** Source: AWS IAM API reference; types and outputs of @pulumi/aws 7. */
export const iam: ResourceRules = {
  "aws:iam/role:Role": {
    name: "name",
    global: true,
    id: (scope) => scope.name,
    outputs: (scope) => ({
      arn: arn(scope, "role"),
      uniqueId: `AROA${scope.letters(17)}`,
      createDate: createDate(),
      path: "/",
      maxSessionDuration: 3600,
      forceDetachPolicies: false,
    }),
    required: ["assumeRolePolicy"],
    immutable: ["name", "namePrefix", "path"],
    policies: ["assumeRolePolicy"],
  },
  "aws:iam/policy:Policy": {
    name: "name",
    global: true,
    id: (scope) => arn(scope, "policy"),
    outputs: (scope) => ({
      arn: arn(scope, "policy"),
      policyId: `ANPA${scope.letters(17)}`,
      attachmentCount: 0,
      path: "/",
    }),
    required: ["policy"],
    immutable: ["name", "namePrefix", "path", "description"],
    policies: ["policy"],
  },
  "aws:iam/rolePolicy:RolePolicy": {
    name: "name",
    unique: ["role", "name"],
    global: true,
    untagged: true,
    id: (scope) => `${scope.text("role")}:${scope.name}`,
    required: ["policy", "role"],
    immutable: ["name", "namePrefix", "role"],
    references: { role: { to: ["aws:iam/role:Role"], blocksDeletion: true } },
    policies: ["policy"],
  },
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
    unique: ["role", "policyArn"],
    global: true,
    untagged: true,
    id: (scope) => `${scope.text("role")}/${scope.text("policyArn")}`,
    required: ["policyArn", "role"],
    immutable: ["policyArn", "role"],
    references: {
      role: { to: ["aws:iam/role:Role"], blocksDeletion: true },
      policyArn: { to: ["aws:iam/policy:Policy"], blocksDeletion: true },
    },
  },
  "aws:iam/instanceProfile:InstanceProfile": {
    name: "name",
    global: true,
    id: (scope) => scope.name,
    outputs: (scope) => ({
      arn: arn(scope, "instance-profile"),
      uniqueId: `AIPA${scope.letters(17)}`,
      createDate: createDate(),
      path: "/",
    }),
    immutable: ["name", "namePrefix", "path"],
    references: { role: { to: ["aws:iam/role:Role"], blocksDeletion: true } },
  },
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
    unique: ["url"],
    global: true,
    id: oidcArn,
    outputs: (scope) => ({ arn: oidcArn(scope) }),
    required: ["clientIdLists", "url"],
    immutable: ["url"],
  },
};

function oidcArn(scope: Scope): string {
  const host = scope.text("url").replace(/^https:\/\//, "");
  return `arn:${scope.partition}:iam::${scope.account}:oidc-provider/${host}`;
}
