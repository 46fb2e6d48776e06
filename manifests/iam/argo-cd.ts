import { clusterRoleName } from "../../model/naming.ts";
import type { Partition } from "../../model/partition.ts";
import { policyJson } from "./policy-document.ts";
import { ASSUME_WITH_TAGS } from "./trust.ts";

/**
 * Lets Argo CD assume the role of any cluster of the environment, present and to come; a cluster's own role says whether it
 * may.
 */
export function managementPolicy(environment: string, accountId: string, partition: Partition): string {
  return policyJson({
    Effect: "Allow",
    Action: ASSUME_WITH_TAGS,
    Resource: [`arn:${partition}:iam::${accountId}:role/${clusterRoleName(environment, "*")}`],
  });
}

/** Access policy of EKS that makes its holder the cluster's administrator, as a reconciler of all kinds has to be. */
export function clusterAdminPolicyArn(partition: Partition): string {
  return `arn:${partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`;
}
