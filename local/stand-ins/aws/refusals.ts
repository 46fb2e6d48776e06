import type { Properties } from "../plugin/property-values.ts";
import { principalRoles } from "./policy-documents.ts";
import { isMeant, namedResources } from "./references.ts";
import type { ResourceRule } from "./resource-rule.ts";
import type { ResourceRecord, ResourceStore } from "./resource-store.ts";
import { kindOf, ruleFor, serviceOf } from "./rules.ts";

/**
 * Refuses inputs that name what does not exist: another resource, or a role in a trust policy.
 * @throws Error naming every such value at once.
 */
export async function refuseIfMissing(
  store: ResourceStore,
  type: string,
  rule: ResourceRule,
  inputs: Properties,
): Promise<void> {
  const problems: string[] = [];
  for (const named of namedResources(rule, inputs)) {
    const candidates = (await Promise.all(named.reference.to.map((target) => store.ofType(target)))).flat();
    if (!candidates.some((record) => isMeant(record, named, inputs))) {
      const kinds = named.reference.to.map((target) => `${serviceOf(target)} ${kindOf(target)}`).join(" or ");
      problems.push(`${named.property}: no ${kinds} "${named.value}" exists`);
    }
  }
  const trustPolicy = type === "aws:iam/role:Role" ? inputs["assumeRolePolicy"] : undefined;
  if (typeof trustPolicy === "string") {
    const roles = await store.ofType("aws:iam/role:Role");
    for (const arn of principalRoles(trustPolicy)) {
      if (!roles.some((role) => role.computed["arn"] === arn)) {
        problems.push(
          `assumeRolePolicy: MalformedPolicyDocument: Invalid principal in policy: "AWS":"${arn}"`,
        );
      }
    }
  }
  if (problems.length > 0) {
    throw new Error(`stand-in for AWS: ${problems.sort().join("; ")}`);
  }
}

/**
 * Refuses the deletion of what AWS would not delete: something that others still use, or that is protected.
 * @throws Error naming what uses it.
 */
export async function refuseIfInUse(
  store: ResourceStore,
  rule: ResourceRule,
  record: ResourceRecord,
): Promise<void> {
  const what = `${serviceOf(record.type)} ${kindOf(record.type)} "${record.id}"`;
  const protection = rule.deletionProtection?.find((property) => record.inputs[property] === true);
  if (protection !== undefined) {
    throw new Error(`stand-in for AWS: ${what} cannot be deleted: ${protection} is on`);
  }
  const users = (await store.all()).filter((other) => other.id !== record.id && uses(other, record));
  if (users.length > 0) {
    const names = users.map((user) => `${serviceOf(user.type)} ${kindOf(user.type)} "${user.id}"`).sort();
    throw new Error(
      `stand-in for AWS: DependencyViolation: ${what} cannot be deleted: in use by ${names.join(", ")}`,
    );
  }
}

function uses(user: ResourceRecord, record: ResourceRecord): boolean {
  return namedResources(ruleFor(user.type), user.inputs)
    .filter((named) => named.reference.blocksDeletion === true)
    .some((named) => isMeant(record, named, user.inputs));
}
