import { UNKNOWN } from "./checked-resource.ts";

/**
 * The value at a path such as `encryptionConfig.provider.keyArn`; numbers lead into lists. Undefined if there is none, and
 * {@link UNKNOWN} if it, or what holds it, is not known yet.
 */
export function inputAt(inputs: unknown, path: string): unknown {
  let value = inputs;
  for (const segment of path.split(".")) {
    if (value === UNKNOWN) return UNKNOWN;
    if (!isRecord(value) && !Array.isArray(value)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[segment];
  }
  return value;
}

/** The entries of a list; none if the value is anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Whether a value is a map. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as a message shows it. */
export function shown(value: unknown): string {
  return value === undefined ? "is not set" : `is ${JSON.stringify(value)}`;
}
