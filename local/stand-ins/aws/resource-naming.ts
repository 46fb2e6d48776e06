import { randomBytes } from "node:crypto";
import type { ResourceIdentity } from "../plugin/plugin-provider.ts";
import { changedProperties, type Properties } from "../plugin/property-values.ts";
import type { ResourceRule } from "./resource-rule.ts";

/** Marks names that were filled in, not written by the program; the same mark that the real provider uses. */
const DEFAULTS = "__defaults";

/** Properties by name, without those that are absent. */
export function pick(properties: Properties, keys: readonly string[]): Properties {
  return Object.fromEntries(keys.filter((key) => key in properties).map((key) => [key, properties[key]]));
}

/** The inputs without the mark on filled-in names. */
export function visible(inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => key !== DEFAULTS));
}

/**
 * The inputs with a name: the program's, the one drawn before, or `<prefix or logical name>-<7 digits>`.
 * @param olds inputs of the last run
 * @param randomSeed the engine's; the same seed gives the same name
 */
export function withName(
  rule: ResourceRule,
  resource: ResourceIdentity,
  inputs: Properties,
  olds: Properties,
  randomSeed: Uint8Array,
): Properties {
  const property = rule.name;
  if (property === undefined || inputs[property] !== undefined) {
    return inputs;
  }
  const prefix = inputs[`${property}Prefix`];
  const seed = randomSeed.length > 0 ? randomSeed : randomBytes(4);
  const suffix = Buffer.from(seed).toString("hex").slice(0, 7);
  const kept = isNamedByDefault(olds, property) ? olds[property] : undefined;
  const drawn = `${typeof prefix === "string" ? prefix : `${resource.name}-`}${suffix}`;
  return { ...inputs, [property]: kept ?? drawn, [DEFAULTS]: [property] };
}

/** Whether the new one would have the place of the old one, which then has to go first. Drawn names never do. */
export function keepsKey(rule: ResourceRule, olds: Properties, news: Properties): boolean {
  const key = keyProperties(rule);
  if (key.length === 0 || (rule.name !== undefined && isNamedByDefault(news, rule.name))) {
    return false;
  }
  return changedProperties(pick(olds, key), pick(news, key)).length === 0;
}

/** What tells it from others of its type, account and region. */
export function keyOf(rule: ResourceRule, inputs: Properties, id: string): string {
  const values = keyProperties(rule)
    .map((property) => inputs[property])
    .filter((value) => typeof value === "string" && value !== "");
  return values.length === 0 ? id : values.join(" ");
}

function keyProperties(rule: ResourceRule): readonly string[] {
  return rule.unique ?? (rule.name === undefined ? [] : [rule.name]);
}

function isNamedByDefault(inputs: Properties, property: string): boolean {
  const defaults = inputs[DEFAULTS];
  return Array.isArray(defaults) && defaults.includes(property);
}
