import { UNKNOWN } from "./checked-resource.ts";

/**
 * A copy of a resource's inputs as the policy SDK hands them over: its proxies throw where a value is not known yet, the copy
 * has {@link UNKNOWN} there.
 */
export function knownInputs(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value.keys(), (index) => entry(value, index));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.keys(value).map((key) => [key, entry(value, key)]));
}

function entry(holder: object, key: string | number): unknown {
  try {
    return knownInputs((holder as Readonly<Record<string | number, unknown>>)[key]);
  } catch (error) {
    if (error instanceof Error && "unknownTypeSentinel" in error) return UNKNOWN;
    throw error;
  }
}
