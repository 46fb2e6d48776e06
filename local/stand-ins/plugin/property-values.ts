/** A property bag as a plugin sees it: JSON, with the engine's marks for unknown and secret values. */
export type Properties = Record<string, unknown>;

/** What the engine sends in place of a value that is not known before the update. Source: Pulumi's `plugin.UnknownStringValue`. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Whether `value` is a plain object. */
export function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether `value` is not known yet, or holds something that is not. */
export function hasUnknown(value: unknown): boolean {
  return contains(value, (candidate) => candidate === UNKNOWN);
}

/** Whether `value` is a secret, or holds one. */
export function hasSecret(value: unknown): boolean {
  return contains(value, (candidate) => isObject(candidate) && candidate[SIGNATURE] === SECRET);
}

/** Marks `value` as a secret of the engine. */
export function secret(value: unknown): Properties {
  return { [SIGNATURE]: SECRET, value };
}

/** `value` without the marks of secrets. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutSecrets);
  }
  if (!isObject(value)) {
    return value;
  }
  if (value[SIGNATURE] === SECRET) {
    return withoutSecrets(value["value"]);
  }
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, withoutSecrets(field)]));
}

/** Names of the top-level properties whose values differ; unknown differs from everything. */
export function changedProperties(olds: Properties, news: Properties): string[] {
  const keys = new Set([...Object.keys(olds), ...Object.keys(news)]);
  return [...keys].filter((key) => hasUnknown(news[key]) || !equal(olds[key], news[key])).sort();
}

/** Deep equality of JSON values; an absent property equals one that is `null`. */
export function equal(left: unknown, right: unknown): boolean {
  if (left === right) {
    return true;
  }
  if (left === null || left === undefined || right === null || right === undefined) {
    return (left ?? undefined) === (right ?? undefined);
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => equal(item, right[index]));
  }
  if (isObject(left) && isObject(right)) {
    const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
    return [...keys].every((key) => equal(left[key], right[key]));
  }
  return false;
}

function contains(value: unknown, test: (value: unknown) => boolean): boolean {
  if (test(value)) {
    return true;
  }
  if (Array.isArray(value)) {
    return value.some((item) => contains(item, test));
  }
  return isObject(value) && Object.values(value).some((field) => contains(field, test));
}
