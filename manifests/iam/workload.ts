import { SECRETS_MANAGER_PREFIX } from "../../model/naming.ts";
import type { Workload } from "../../model/team.ts";
import { type PolicyStatement, policyJson } from "./policy-document.ts";

/**
 * What no manifest can give to a workload: the credentials that Haulway keeps, which are other workloads' too, and the say in who
 * gets into a cluster and which pods have which roles.
 */
const NOT_FOR_WORKLOADS: readonly PolicyStatement[] = [
  {
    Effect: "Deny",
    Action: ["secretsmanager:*"],
    Resource: [`arn:*:secretsmanager:*:*:secret:${SECRETS_MANAGER_PREFIX}*`],
  },
  {
    Effect: "Deny",
    Action: ["eks:*AccessEntry", "eks:*AccessPolicy", "eks:*PodIdentityAssociation"],
    Resource: ["*"],
  },
];

/**
 * What a workload's role allows: what its manifest says, and never what is Haulway's own. Undefined if that is nothing, since a
 * role without a policy allows nothing either.
 */
export function workloadPolicy(permissions: Workload["permissions"]): string | undefined {
  if (permissions.length === 0) return undefined;
  return policyJson(
    ...permissions.map(({ actions, resources }) => ({
      Effect: "Allow" as const,
      Action: actions,
      Resource: resources,
    })),
    ...NOT_FOR_WORKLOADS,
  );
}
