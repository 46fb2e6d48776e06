import { isUnboundedResource, wildcardAllowance, wildcardInAction } from "../../model/iam-wildcards.ts";
import type { CheckedResource, Finding, PolicyRule } from "../checked-resource.ts";
import { listOf } from "../inputs.ts";
import type { Statement } from "../policy-document.ts";
import { identityStatements } from "../resource-policies.ts";

const WAY_OUT =
  "Name what is needed, or add an entry with its reason to WILDCARD_ALLOWANCES in model/iam-wildcards.ts.";

/** Policies of AWS that hand out a whole service or account. */
const FAR_REACHING = /:policy\/(?:.*\/)?(?:AdministratorAccess(?:-.*)?|PowerUserAccess|.*FullAccess)$/;

function checkStatement(path: string, statement: Statement): readonly Finding[] {
  if (statement.effect !== "Allow") return [];
  const negated = statement.negations.map((negation) => ({
    path,
    problem: `allows by ${negation}, which is everything but what somebody thought of`,
    expected: "Action and Resource",
    wayOut: "Say what is allowed.",
  }));
  return [
    ...negated,
    ...statement.actions.flatMap((action) => checkAction(path, action, statement.resources)),
  ];
}

function checkAction(path: string, action: string, resources: readonly string[]): readonly Finding[] {
  const wildcard = wildcardInAction(action);
  if (wildcard?.allowable === false) {
    const expected = "actions that are named";
    return [
      { path, problem: `action "${action}" ${wildcard.problem}`, expected, wayOut: "Name what is needed." },
    ];
  }
  return resources.flatMap((resource): Finding[] => {
    const unbounded = isUnboundedResource(resource);
    if (wildcard === undefined && !unbounded) return [];
    if (wildcardAllowance(action, resource) !== undefined) return [];
    return wildcard === undefined
      ? [
          {
            path,
            problem: `action "${action}" is allowed on "${resource}", which is more than one named thing`,
            expected: "the ARN of what it is about",
            wayOut: WAY_OUT,
          },
        ]
      : [
          {
            path,
            problem: `action "${action}" ${wildcard.problem}`,
            expected: "actions that are named",
            wayOut: WAY_OUT,
          },
        ];
  });
}

function attachedPolicies({ type, inputs }: CheckedResource): readonly Finding[] {
  const attached =
    type === "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
      ? [{ path: "policyArn", arn: inputs["policyArn"] }]
      : listOf(type === "aws:iam/role:Role" ? inputs["managedPolicyArns"] : undefined).map((arn, index) => ({
          path: `managedPolicyArns.${index}`,
          arn,
        }));
  return attached.flatMap(({ path, arn }) =>
    typeof arn === "string" && FAR_REACHING.test(arn)
      ? [
          {
            path,
            problem: `is ${arn}, which hands out a whole service or account`,
            expected: "a policy for one task",
            wayOut: "Write a policy with what is needed.",
          },
        ]
      : [],
  );
}

/** Nobody gets more rights than somebody has read. */
export const iamWildcards: PolicyRule = {
  name: "iam-wildcards",
  description:
    "IAM policies allow named actions on named things; what has to reach further is on a list, with the reason.",
  check: (resource) => {
    const { statements, findings } = identityStatements(resource);
    return [
      ...findings,
      ...statements.flatMap(({ path, statement }) => checkStatement(path, statement)),
      ...attachedPolicies(resource),
    ];
  },
};
