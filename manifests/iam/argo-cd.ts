import { clusterName } from "../../model/naming.ts";
import { policyJson } from "./policy-document.ts";
import { ASSUME_WITH_TAGS } from "./trust.ts";

/** Name of the role that Argo CD's pods have. It may do nothing but assume the roles of clusters. */
export function managementRoleName(environment: string): string {
  return `${environment}-argocd`;
}

/** Name of the role by which Argo CD reaches one cluster. At most 64 characters, as the names of both are checked. */
export function clusterRoleName(environment: string, cluster: string): string {
  return `${clusterName(environment, cluster)}-argocd`;
}

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
