import type { ResourceRules, Scope } from "../resource-rule.ts";

const QUEUE = "aws:sqs/queue:Queue";
const queueUrl = (scope: Scope): string =>
  `https://sqs.${scope.region}.amazonaws.com/${scope.account}/${scope.name}`;

/** Source: Amazon SQS API reference; types and outputs of @pulumi/aws 7. */
export const sqs: ResourceRules = {
  [QUEUE]: {
    name: "name",
    id: queueUrl,
    outputs: (scope) => ({
      arn: `arn:${scope.partition}:sqs:${scope.region}:${scope.account}:${scope.name}`,
      url: queueUrl(scope),
    }),
    immutable: ["name", "namePrefix", "fifoQueue"],
    policies: ["policy"],
  },
  "aws:sqs/queuePolicy:QueuePolicy": {
    unique: ["queueUrl"],
    untagged: true,
    id: (scope) => scope.text("queueUrl"),
    required: ["policy", "queueUrl"],
    immutable: ["queueUrl"],
    references: { queueUrl: { to: [QUEUE] } },
    policies: ["policy"],
  },
};
