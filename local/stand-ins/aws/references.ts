import { hasUnknown, isObject, type Properties } from "../plugin/property-values.ts";
import type { Reference, ResourceRule } from "./resource-rule.ts";
import type { ResourceRecord } from "./resource-store.ts";
import { ruleFor } from "./rules.ts";

/** A value of an input that names another resource. */
export interface NamedResource {
  /** Path of the property, for example `vpcConfig.subnetIds`. */
  readonly property: string;
  readonly value: string;
  readonly reference: Reference;
}

/** Every known value in `inputs` that has to name something that exists. What AWS itself owns is left out. */
export function namedResources(rule: ResourceRule, inputs: Properties): readonly NamedResource[] {
  return Object.entries(rule.references ?? {}).flatMap(([property, reference]) =>
    valuesAt(inputs, property.split("."))
      .filter((value) => !isOwnedByAws(value))
      .map((value) => ({ property, value, reference })),
  );
}

/** Whether `record` is what `named` means, seen from a resource with `inputs`. */
export function isMeant(record: ResourceRecord, named: NamedResource, inputs: Properties): boolean {
  if (!named.reference.to.includes(record.type)) {
    return false;
  }
  const own = record.inputs["clusterName"];
  const other = inputs["clusterName"];
  if (own !== undefined && other !== undefined && own !== other) {
    return false;
  }
  const properties = { ...record.computed, ...record.inputs };
  const aliases = (ruleFor(record.type).aliases ?? []).map((alias) => properties[alias]);
  const direct = named.property.endsWith("Arn") ? properties["arn"] : record.id;
  return direct === named.value || aliases.includes(named.value);
}

/** Managed policies, AWS's own keys, and the roles that IAM Identity Center keeps in an account. */
function isOwnedByAws(value: string): boolean {
  return (
    /^arn:[^:]*:iam::aws:/.test(value) ||
    /^arn:[^:]*:iam::\d{12}:role\/aws-reserved\//.test(value) ||
    value.startsWith("alias/aws/")
  );
}

function valuesAt(value: unknown, path: readonly string[]): readonly string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item) => valuesAt(item, path));
  }
  const [key, ...rest] = path;
  if (key !== undefined) {
    return isObject(value) ? valuesAt(value[key], rest) : [];
  }
  return typeof value === "string" && value !== "" && !hasUnknown(value) ? [value] : [];
}
