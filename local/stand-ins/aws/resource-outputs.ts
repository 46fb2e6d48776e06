import { randomBytes, randomInt } from "node:crypto";
import { changedProperties, isObject, type Properties, UNKNOWN } from "../plugin/property-values.ts";
import type { Caller } from "./caller.ts";
import { visible } from "./resource-naming.ts";
import type { ResourceRule, Scope } from "./resource-rule.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The scope in which a resource's id and outputs are drawn. */
export function scopeFor(rule: ResourceRule, where: Caller, inputs: Properties): Scope {
  const text = (property: string): string => {
    const value = inputs[property];
    return typeof value === "string" ? value : "";
  };
  return {
    ...where,
    inputs,
    text,
    name: rule.name === undefined ? "" : text(rule.name),
    hex: (length) => randomBytes(length).toString("hex").slice(0, length),
    letters: (length) => Array.from({ length }, () => LETTERS.charAt(randomInt(LETTERS.length))).join(""),
  };
}

/** What the program sees: what AWS added, the inputs over it, all tags, and the region. */
export function outputsOf(
  rule: ResourceRule,
  where: Caller,
  inputs: Properties,
  computed: Properties,
): Properties {
  return {
    ...merged(computed, visible(inputs)),
    ...(rule.untagged === true ? {} : { tagsAll: tagsAll(where, inputs) }),
    ...(rule.global === true ? {} : { region: where.region }),
  };
}

/** In a preview, what AWS would draw is not known. */
export function unknownOutputs(rule: ResourceRule, scope: Scope): Properties {
  const computed = Object.keys(rule.outputs?.({ ...scope, id: "" }) ?? {});
  return Object.fromEntries(computed.map((property) => [property, UNKNOWN]));
}

/** Whether the tags that the resource has are not those it should have: the provider's default tags may have changed. */
export function isRetagged(
  rule: ResourceRule,
  where: Caller,
  outputs: Properties,
  news: Properties,
): boolean {
  const olds = outputs["tagsAll"];
  return rule.untagged !== true && isObject(olds) && changedProperties(olds, tagsAll(where, news)).length > 0;
}

function tagsAll(where: Caller, inputs: Properties): Properties {
  return { ...where.defaultTags, ...(isObject(inputs["tags"]) ? inputs["tags"] : {}) };
}

/** `base` with everything of `top` over it, objects field by field. */
function merged(base: Properties, top: Properties): Properties {
  const result = { ...base };
  for (const [key, value] of Object.entries(top)) {
    const below = result[key];
    result[key] = isObject(below) && isObject(value) ? merged(below, value) : value;
  }
  return result;
}
