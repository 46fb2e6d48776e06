import { z } from "zod";
import type { FieldPath } from "../source/path.ts";

/** The schema within defaults and optionality. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) {
    return unwrap(schema.unwrap());
  }
  return schema;
}

/** The schema of the field at a path, with its default and optionality; undefined if no schema provides for it. */
export function schemaAt(root: z.core.$ZodType, path: FieldPath): z.core.$ZodType | undefined {
  let schema: z.core.$ZodType | undefined = root;
  for (const segment of path) {
    const inner: z.core.$ZodType | undefined = schema === undefined ? undefined : unwrap(schema);
    if (inner instanceof z.ZodObject) schema = (inner.shape as z.core.$ZodShape)[segment];
    else if (inner instanceof z.ZodArray) schema = inner.element;
    else if (inner instanceof z.ZodRecord) schema = inner.valueType;
    else return undefined;
  }
  return schema;
}

/** What a schema says about itself; the outermost of its wrappers that says anything. */
export function metaOf(schema: z.core.$ZodType | undefined): z.core.GlobalMeta {
  for (let current = schema; current !== undefined; ) {
    const meta = z.globalRegistry.get(current);
    if (meta !== undefined) return meta;
    const inner = unwrapOnce(current);
    if (inner === current) return {};
    current = inner;
  }
  return {};
}

function unwrapOnce(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional
    ? schema.unwrap()
    : schema;
}
