import { clusterRoleName } from "../../model/naming.ts";
import { policyJson } from "./policy-document.ts";
import { ASSUME_WITH_TAGS } from "./trust.ts";

/**
 * Lets Argo CD assume the role of any cluster of the environment, present and to come; a cluster's own role says whether it
 * may.
 */
export function managementPolicy(environment: string, accountId: string): string {
  return policyJson({
    Effect: "Allow",
    Action: ASSUME_WITH_TAGS,
    Resource: [`arn:aws:iam::${accountId}:role/${clusterRoleName(environment, "*")}`],
  });
}

/** Access policy of EKS that makes its holder the cluster's administrator, as a reconciler of all kinds has to be. */
export const CLUSTER_ADMIN_POLICY_ARN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";
