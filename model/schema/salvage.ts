import { z } from "zod";
import { type FieldPath, formatPath } from "../source/path.ts";
import { unwrap } from "./schema-at.ts";

/** `T` with a hole wherever the file does not hold a valid value. A map of free keys is whole or missing. */
export type Salvaged<T> = T extends readonly (infer Item)[]
  ? readonly (Salvaged<Item> | undefined)[]
  : T extends object
    ? string extends keyof T
      ? Readonly<T>
      : { readonly [Key in keyof T]?: Salvaged<T[Key]> | undefined }
    : T;

/** Data of a file, and which of it is not known yet. */
export interface PartlyKnown {
  readonly data: unknown;
  /** Paths of texts that wait for a variable, by {@link formatPath}. */
  readonly unknown: ReadonlySet<string>;
}

/**
 * What can be used of data that a schema may refuse as a whole, so that the checks across fields and files need not wait until
 * every field is right. Defaults are filled in; conditions on several fields at once are left out, since the schema reports those.
 */
export function salvage<Schema extends z.ZodType>(
  schema: Schema,
  { data, unknown }: PartlyKnown,
): Salvaged<z.output<Schema>> | undefined {
  return collect(schema, data, [], { unknown, keepUnknown: false }) as Salvaged<z.output<Schema>> | undefined;
}

/**
 * The value of data that is valid but for what is not known yet: defaults are filled in, and texts that wait for a variable stay as
 * they are.
 */
export function complete<Schema extends z.ZodType>(
  schema: Schema,
  { data, unknown }: PartlyKnown,
): z.output<Schema> {
  return collect(schema, data, [], { unknown, keepUnknown: true }) as z.output<Schema>;
}

interface Collecting {
  readonly unknown: ReadonlySet<string>;
  /** Whether a value that is not known stays as it is, rather than leave a hole. */
  readonly keepUnknown: boolean;
}

function collect(schema: z.core.$ZodType, data: unknown, path: FieldPath, how: Collecting): unknown {
  if (how.unknown.has(formatPath(path))) return how.keepUnknown ? data : undefined;
  if (data === undefined) {
    return schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
      ? collect(schema.unwrap(), schema.def.defaultValue, path, how)
      : undefined;
  }
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    if (typeof data !== "object" || data === null || Array.isArray(data)) return undefined;
    const fields = data as Readonly<Record<string, unknown>>;
    return Object.fromEntries(
      Object.entries(inner.shape as z.core.$ZodShape).map(([key, field]) => {
        const value = Object.hasOwn(fields, key) ? fields[key] : undefined;
        return [key, collect(field, value, [...path, key], how)];
      }),
    );
  }
  if (inner instanceof z.ZodArray) {
    if (!Array.isArray(data)) return undefined;
    return data.map((item, index) => collect(inner.element, item, [...path, index], how));
  }
  if (inner instanceof z.ZodRecord && hasUnknownPart(path, how.unknown)) {
    return how.keepUnknown ? data : undefined;
  }
  const parsed = z.core.safeParse(inner, data);
  return parsed.success ? parsed.data : undefined;
}

function hasUnknownPart(path: FieldPath, unknown: ReadonlySet<string>): boolean {
  const prefix = formatPath(path);
  return [...unknown].some((place) => place.startsWith(`${prefix}.`) || place.startsWith(`${prefix}[`));
}
