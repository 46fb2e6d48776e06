import type { ResourceRules, Scope } from "../resource-rule.ts";

const RULE = "aws:cloudwatch/eventRule:EventRule";
const arn = (scope: Scope, service: string, rest: string): string =>
  `arn:${scope.partition}:${service}:${scope.region}:${scope.account}:${rest}`;

/** Source: Amazon EventBridge and CloudWatch Logs API references; types and outputs of @pulumi/aws 7. */
export const cloudwatch: ResourceRules = {
  [RULE]: {
    name: "name",
    id: (scope) => scope.name,
    outputs: (scope) => ({
      arn: arn(scope, "events", `rule/${scope.name}`),
      eventBusName: "default",
      state: "ENABLED",
    }),
    immutable: ["name", "namePrefix", "eventBusName"],
  },
  "aws:cloudwatch/eventTarget:EventTarget": {
    name: "targetId",
    unique: ["rule", "targetId"],
    untagged: true,
    id: (scope) => `${scope.text("rule")}-${scope.name}`,
    required: ["arn", "rule"],
    immutable: ["rule", "targetId", "eventBusName"],
    references: { rule: { to: [RULE], blocksDeletion: true } },
  },
  "aws:cloudwatch/logGroup:LogGroup": {
    name: "name",
    id: (scope) => scope.name,
    outputs: (scope) => ({ arn: arn(scope, "logs", `log-group:${scope.name}`) }),
    immutable: ["name", "namePrefix"],
  },
};
