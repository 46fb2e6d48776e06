import { policyJson } from "./policy-document.ts";

/** Assuming a role from a session that carries tags, as those of EKS Pod Identity do, needs both. */
export const ASSUME_WITH_TAGS = ["sts:AssumeRole", "sts:TagSession"] as const;

/**
 * Lets an AWS service assume a role, such as `eks.amazonaws.com`.
 *
 * @param accountId account on whose behalf alone the service may do so; default: any, for services that do not say
 */
export function serviceTrust(service: string, accountId?: string): string {
  return policyJson({
    Effect: "Allow",
    Principal: { Service: service },
    Action: ["sts:AssumeRole"],
    ...(accountId === undefined ? {} : { Condition: { StringEquals: { "aws:SourceAccount": [accountId] } } }),
  });
}

/**
 * Lets pods assume a role by EKS Pod Identity: those of the given ServiceAccounts in one namespace, on the given clusters. An
 * association alone decides which pods get the role; the conditions keep somebody who may make associations on another
 * cluster from handing it on. https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html names the session's tags.
 *
 * @param clusterNames names of EKS clusters; the account is the role's own
 */
export function podIdentityTrust(subject: {
  readonly clusterNames: readonly string[];
  readonly namespace: string;
  readonly serviceAccounts: readonly string[];
}): string {
  return policyJson({
    Effect: "Allow",
    Principal: { Service: "pods.eks.amazonaws.com" },
    Action: ASSUME_WITH_TAGS,
    Condition: {
      StringEquals: {
        "aws:RequestTag/eks-cluster-name": subject.clusterNames,
        "aws:RequestTag/kubernetes-namespace": [subject.namespace],
        "aws:RequestTag/kubernetes-service-account": subject.serviceAccounts,
      },
    },
  });
}

/** Lets one other role assume a role. */
export function roleTrust(roleArn: string): string {
  return policyJson({ Effect: "Allow", Principal: { AWS: roleArn }, Action: ASSUME_WITH_TAGS });
}
