import { z } from "zod";

/** A JSON Schema, as data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Settings of {@link jsonSchema}. */
export interface JsonSchemaOptions {
  readonly title: string;
  /** Whether texts may hold `${NAME}`, so that editors must accept it wherever it is replaced. */
  readonly variables: boolean;
}

const REFERENCE = String.raw`\$\{[A-Za-z_]\w*\}`;

/** What marks a field for this program alone, and means nothing to an editor. */
const OWN_KEYWORDS = ["expected", "fixed", "sensitive"];

/** The JSON Schema that editors check a file with while it is written. It is as strict as a pattern can be, and never stricter than the program. */
export function jsonSchema(schema: z.ZodType, { title, variables }: JsonSchemaOptions): JsonSchema {
  const converted = z.toJSONSchema(schema, {
    io: "input",
    reused: "inline",
    override: ({ jsonSchema }) => {
      const { description, expected, fixed } = jsonSchema as Record<string, unknown>;
      if (typeof description === "string" && typeof expected === "string") {
        jsonSchema.description = `${description} Expected: ${expected}.`;
      }
      if (variables && fixed !== true && jsonSchema.pattern !== undefined) {
        jsonSchema.pattern = `(?:${jsonSchema.pattern})|${REFERENCE}`;
      }
      if (variables && fixed !== true && jsonSchema.enum?.every((value) => typeof value === "string")) {
        const { enum: values, type: _type, ...rest } = jsonSchema;
        for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
        Object.assign(jsonSchema, rest, {
          anyOf: [{ enum: values }, { type: "string", pattern: REFERENCE }],
        });
      }
      for (const keyword of OWN_KEYWORDS) delete jsonSchema[keyword];
    },
  });
  const { $schema, ...rest } = converted;
  return { $schema, title, ...rest };
}
