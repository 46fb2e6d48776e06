import type { z } from "zod";
import type { InputFile } from "./rules/input-file.ts";
import { checkShape } from "./schema/describe-issue.ts";
import { complete, type Salvaged, salvage } from "./schema/salvage.ts";
import { metaOf, schemaAt } from "./schema/schema-at.ts";
import type { SourceText } from "./source/input-directory.ts";
import { type FieldPath, valueAt } from "./source/path.ts";
import { problemAt } from "./source/source-file.ts";
import { type Substitution, substitute, type Variables } from "./source/variables.ts";
import { parseYaml } from "./source/yaml-document.ts";
import type { Problem } from "./user-error.ts";

/** What became of one file. */
export interface ReadDocument<Value> {
  readonly problems: readonly Problem[];
  /** What the checks across files can use; undefined if the file does not parse or is of another kind. */
  readonly input: InputFile<Salvaged<Value>> | undefined;
  /** The content; undefined if there is any problem with its shape. */
  readonly value: Value | undefined;
}

/** How variables in a file are treated; undefined leaves `${NAME}` as it is. */
export interface ReadOptions {
  readonly variables: Variables;
  readonly defer: boolean;
}

function fixedForm(schema: z.ZodType, path: FieldPath): string | undefined {
  const { fixed, expected } = metaOf(schemaAt(schema, path));
  return fixed === true ? expected : undefined;
}

/** Parses a file, fills in its variables, and holds it against its schema. */
export function readDocument<Schema extends z.ZodType>(
  source: SourceText,
  schema: Schema,
  kind: string,
  options: ReadOptions | undefined,
): ReadDocument<z.output<Schema>> {
  const { document, problems } = parseYaml(source.file, source.text);
  if (document === undefined) return { problems, input: undefined, value: undefined };
  const { data } = document;
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    const found = data === null ? "the file is empty" : "the file is not a map";
    const place = document.placeOf([]);
    const problem = problemAt(
      source.file,
      place,
      [],
      found,
      `a document of kind ${kind} with the fields apiVersion, kind, metadata and spec`,
    );
    return { problems: [...problems, problem], input: undefined, value: undefined };
  }
  const substitution: Substitution =
    options === undefined
      ? { data, broken: [], used: new Map(), unknown: new Set() }
      : substitute(data, { ...options, fixedForm: (path) => fixedForm(schema, path) });
  const shape = checkShape({ document, schema, substitution });
  const foreign = shape.filter(
    ({ path }) =>
      (path === "apiVersion" || path === "kind") && valueAt(substitution.data, [path]) !== undefined,
  );
  if (foreign.length > 0) {
    return { problems: [...problems, ...foreign], input: undefined, value: undefined };
  }
  return {
    problems: [...problems, ...shape],
    input: { name: source.name, document, content: salvage(schema, substitution) },
    value: shape.length === 0 ? complete(schema, substitution) : undefined,
  };
}
