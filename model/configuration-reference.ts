import { z } from "zod";
import { metaOf, unwrap } from "./schema/schema-at.ts";

/** One field of a kind of file, as the reference lists it. */
interface FieldRow {
  readonly path: string;
  readonly type: string;
  /** The default as JSON; "required" if there is none; "optional" if a missing field means something of its own. */
  readonly presence: string;
  readonly meaning: string;
}

/** A kind of file in the reference. */
export interface ReferenceSection {
  readonly kind: string;
  readonly file: string;
  readonly introduction: string;
  readonly schema: z.ZodType;
}

/** The reference of all fields of all kinds of file, as Markdown. */
export function configurationReference(introduction: string, sections: readonly ReferenceSection[]): string {
  const body = sections.map(({ kind, file, introduction: text, schema }) => {
    const rows = [...fieldRows(schema, "")].map(
      ({ path, type, presence, meaning }) =>
        `| \`${path}\` | ${cell(type)} | ${cell(presence)} | ${cell(meaning)} |`,
    );
    return [
      `## ${kind}: \`${file}\``,
      "",
      text,
      "",
      "| Field | Type | Default | Meaning |",
      "|---|---|---|---|",
      ...rows,
      "",
    ].join("\n");
  });
  return [introduction.trim(), "", ...body].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function* fieldRows(schema: z.core.$ZodType, path: string): Generator<FieldRow> {
  const inner = unwrap(schema);
  if (path !== "") {
    const { description = "", expected } = metaOf(schema);
    const form = expected === undefined || typeTellsForm(inner) ? "" : ` Form: ${expected}.`;
    const meaning = `${description}${form}`;
    yield { path, type: typeName(inner), presence: presenceOf(schema), meaning };
  }
  if (inner instanceof z.ZodObject) {
    for (const [key, field] of fieldsOf(inner)) {
      yield* fieldRows(field, path === "" ? key : `${path}.${key}`);
    }
    return;
  }
  const item = inner instanceof z.ZodArray ? unwrap(inner.element) : undefined;
  if (item instanceof z.ZodObject) {
    for (const [key, field] of fieldsOf(item)) yield* fieldRows(field, `${path}[].${key}`);
  }
}

function fieldsOf(schema: z.ZodObject): readonly (readonly [string, z.core.$ZodType])[] {
  const shape: z.core.$ZodShape = schema.shape;
  return Object.entries(shape);
}

/** Whether the column of types, or the rows that follow, say all about the form already. */
function typeTellsForm(schema: z.core.$ZodType): boolean {
  return (
    schema instanceof z.ZodObject ||
    schema instanceof z.ZodLiteral ||
    schema instanceof z.ZodEnum ||
    schema instanceof z.ZodBoolean
  );
}

function presenceOf(schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return `\`${JSON.stringify(schema.def.defaultValue)}\``;
  }
  return schema instanceof z.ZodOptional ? "optional" : "required";
}

function typeName(schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodObject) return "map";
  if (schema instanceof z.ZodArray) return `list of ${typeName(unwrap(schema.element))}`;
  if (schema instanceof z.ZodRecord) return `map of ${typeName(unwrap(schema.valueType))}`;
  if (schema instanceof z.ZodLiteral)
    return [...schema.values].map((value) => `\`${String(value)}\``).join(" or ");
  if (schema instanceof z.ZodEnum) return schema.options.map((value) => `\`${String(value)}\``).join(" or ");
  if (schema instanceof z.ZodNumber) return "whole number";
  if (schema instanceof z.ZodBoolean) return "true or false";
  return "text";
}
