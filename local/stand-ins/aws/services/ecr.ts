import type { ResourceRule, ResourceRules } from "../resource-rule.ts";

const REPOSITORY = "aws:ecr/repository:Repository";

/** A policy of one repository: one of each kind per repository. */
const repositoryPolicy: ResourceRule = {
  unique: ["repository"],
  untagged: true,
  id: (scope) => scope.text("repository"),
  outputs: (scope) => ({ registryId: scope.account }),
  required: ["policy", "repository"],
  immutable: ["repository"],
  references: { repository: { to: [REPOSITORY] } },
};

/** Source: Amazon ECR API reference; types and outputs of @pulumi/aws 7. */
export const ecr: ResourceRules = {
  [REPOSITORY]: {
    name: "name",
    id: (scope) => scope.name,
    outputs: (scope) => ({
      arn: `arn:${scope.partition}:ecr:${scope.region}:${scope.account}:repository/${scope.name}`,
      registryId: scope.account,
      repositoryUrl: `${scope.account}.dkr.ecr.${scope.region}.amazonaws.com/${scope.name}`,
      imageTagMutability: "MUTABLE",
    }),
    immutable: ["name", "encryptionConfigurations"],
  },
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": { ...repositoryPolicy, immutable: ["repository", "policy"] },
  "aws:ecr/repositoryPolicy:RepositoryPolicy": { ...repositoryPolicy, policies: ["policy"] },
  "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": {
    unique: ["ecrRepositoryPrefix"],
    untagged: true,
    id: (scope) => scope.text("ecrRepositoryPrefix"),
    outputs: (scope) => ({ registryId: scope.account }),
    required: ["ecrRepositoryPrefix", "upstreamRegistryUrl"],
    immutable: ["ecrRepositoryPrefix", "upstreamRegistryUrl", "upstreamRepositoryPrefix"],
  },
};
