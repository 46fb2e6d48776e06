import { describe, expect, test } from "vitest";
import { nodeImageType } from "../../../manifests/cluster/node-group.ts";
import { managementPolicy } from "../../../manifests/iam/argo-cd.ts";
import { podIdentityTrust, serviceTrust } from "../../../manifests/iam/trust.ts";
import { workloadPolicy } from "../../../manifests/iam/workload.ts";
import { imageLifecyclePolicy } from "../../../manifests/registry.ts";
import { resourceTags } from "../../../manifests/tags.ts";
import { clusterRoleName, managementRoleName } from "../../../model/naming.ts";

describe("IAM policies", () => {
  test("Pod Identity is trusted for one ServiceAccount in one namespace on the named clusters", () => {
    expect(
      JSON.parse(
        podIdentityTrust({
          clusterNames: ["test-a", "test-b"],
          namespace: "claims",
          serviceAccounts: ["intake"],
        }),
      ),
    ).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "pods.eks.amazonaws.com" },
          Action: ["sts:AssumeRole", "sts:TagSession"],
          Condition: {
            StringEquals: {
              "aws:RequestTag/eks-cluster-name": ["test-a", "test-b"],
              "aws:RequestTag/kubernetes-namespace": ["claims"],
              "aws:RequestTag/kubernetes-service-account": ["intake"],
            },
          },
        },
      ],
    });
  });

  test("an AWS service is trusted to assume a role, and no more", () => {
    expect(JSON.parse(serviceTrust("eks.amazonaws.com"))).toMatchObject({
      Statement: [{ Principal: { Service: "eks.amazonaws.com" }, Action: ["sts:AssumeRole"] }],
    });
  });

  test("Argo CD may assume the role of any cluster of its environment, and of no other", () => {
    const policy = JSON.parse(managementPolicy("dev", "123456789012", "aws")) as {
      Statement: { Action: string[]; Resource: string[] }[];
    };
    expect(policy.Statement).toHaveLength(1);
    const [pattern = ""] = policy.Statement[0]?.Resource ?? [];
    const matches = (role: string) =>
      new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(`arn:aws:iam::123456789012:role/${role}`);
    expect(matches(clusterRoleName("dev", "workload-a"))).toBe(true);
    expect(matches(clusterRoleName("prod", "workload-a"))).toBe(false);
    expect(matches(managementRoleName("dev"))).toBe(false);
    expect(policy.Statement[0]?.Action).toEqual(["sts:AssumeRole", "sts:TagSession"]);
  });

  test("a workload may do what its manifest says, but what is Haulway's; without permissions it has no policy", () => {
    expect(workloadPolicy([])).toBeUndefined();
    expect(
      JSON.parse(
        workloadPolicy([
          { actions: ["s3:GetObject"], resources: ["arn:aws:s3:::a/*"] },
          { actions: ["sqs:SendMessage"], resources: ["arn:aws:sqs:::b"] },
        ]) ?? "",
      ),
    ).toEqual({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::a/*"] },
        { Effect: "Allow", Action: ["sqs:SendMessage"], Resource: ["arn:aws:sqs:::b"] },
        {
          Effect: "Deny",
          Action: ["secretsmanager:*"],
          Resource: ["arn:*:secretsmanager:*:*:secret:haulway/*"],
        },
        {
          Effect: "Deny",
          Action: ["eks:*AccessEntry", "eks:*AccessPolicy", "eks:*PodIdentityAssociation"],
          Resource: ["*"],
        },
      ],
    });
  });
});

describe("nodeImageType", () => {
  test.each([
    [["m7i.large"], "AL2023_x86_64_STANDARD"],
    [["t3.medium", "t3a.medium"], "AL2023_x86_64_STANDARD"],
    [["g5.xlarge"], "AL2023_x86_64_STANDARD"],
    [["m7g.large"], "AL2023_ARM_64_STANDARD"],
    [["c7gn.large", "t4g.small"], "AL2023_ARM_64_STANDARD"],
    [["a1.large"], "AL2023_ARM_64_STANDARD"],
  ])("%j run %s", (types, expected) => {
    expect(nodeImageType(types)).toBe(expected);
  });
});

test("images without a tag are expired before those with one", () => {
  const { rules } = JSON.parse(imageLifecyclePolicy()) as {
    rules: { rulePriority: number; selection: { tagStatus: string } }[];
  };
  expect(rules.map(({ rulePriority, selection }) => [rulePriority, selection.tagStatus])).toEqual([
    [1, "untagged"],
    [2, "any"],
  ]);
});

test("an environment's tags cannot hide where a resource comes from", () => {
  const environment = { name: "dev", tags: { owner: "platform", environment: "prod" } };
  expect(resourceTags(environment, "dev.team.claims")).toEqual({
    owner: "platform",
    environment: "dev",
    "managed-by": "haulway",
    stack: "dev.team.claims",
  });
});
