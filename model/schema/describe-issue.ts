import { z } from "zod";
import { nearestWord } from "../nearest-word.ts";
import { type FieldPath, formatPath, valueAt } from "../source/path.ts";
import { problemAt } from "../source/source-file.ts";
import type { Substitution } from "../source/variables.ts";
import type { LocatedDocument } from "../source/yaml-document.ts";
import type { Problem } from "../user-error.ts";
import { metaOf, schemaAt, unwrap } from "./schema-at.ts";

/** A file whose data was held against its schema. */
export interface CheckedFile {
  readonly document: LocatedDocument;
  readonly schema: z.ZodType;
  readonly substitution: Substitution;
}

/** Everything that a schema finds wrong with a file, in the words of this project, at the places of the file. */
export function checkShape(checked: CheckedFile): readonly Problem[] {
  const { document, schema, substitution } = checked;
  const broken = substitution.broken.map(({ path, problem, expected }) =>
    problemAt(document.file, document.placeOf(path), path, problem, expected),
  );
  const result = schema.safeParse(substitution.data);
  if (result.success) return broken;
  const shape = result.error.issues.flatMap((issue) => describeIssue(issue, checked));
  return [...broken, ...shape];
}

function describeIssue(issue: z.core.$ZodIssue, checked: CheckedFile): readonly Problem[] {
  const { document, schema, substitution } = checked;
  const path = issue.path.filter((segment) => typeof segment !== "symbol");
  const at = (where: FieldPath, problem: string, expected: string) =>
    problemAt(document.file, document.placeOf(where), where, problem, expected);
  const field = schemaAt(schema, path);
  const expected = ownForm(issue) ?? metaOf(field).expected ?? "another value";
  const value = valueAt(substitution.data, path);

  if (issue.code === "unrecognized_keys") {
    const map = field === undefined ? undefined : unwrap(field);
    const known = map instanceof z.ZodObject ? Object.keys(map.shape) : [];
    return issue.keys.map((key) =>
      at([...path, key], unknownField(key, known), `one of ${known.join(", ")}`),
    );
  }
  if (issue.code === "invalid_key") {
    const parent = schemaAt(schema, path.slice(0, -1));
    const record = parent === undefined ? undefined : unwrap(parent);
    const key = record instanceof z.ZodRecord ? record.keyType : undefined;
    const problem = `${JSON.stringify(path.at(-1))} ${issue.issues[0]?.message ?? "does not fit"}`;
    return [at(path, problem, metaOf(key).expected ?? "another key")];
  }
  if (value === undefined) return [at(path, "is missing", expected)];
  if (value === null) return [at(path, "is empty", expected)];
  if (issue.code === "invalid_type") return [wrongType(issue.expected, path, checked, expected)];
  if (substitution.unknown.has(formatPath(path))) return [];
  if (typeof value === "object") {
    const empty = issue.code === "too_small" ? "is an empty list" : undefined;
    return [at(path, empty ?? issue.message, expected)];
  }
  const hidden = hiddenSubject(path, checked);
  if (issue.code === "custom") return [at(path, `${hidden ?? show(value)} ${issue.message}`, expected)];
  return [at(path, hidden === undefined ? `is ${show(value)}` : `${hidden} does not fit`, expected)];
}

/** The form that a condition on several fields gives itself. */
function ownForm(issue: z.core.$ZodIssue): string | undefined {
  const form: unknown = issue.code === "custom" ? issue.params?.["expected"] : undefined;
  return typeof form === "string" ? form : undefined;
}

function unknownField(key: string, known: readonly string[]): string {
  const nearest = nearestWord(key, known);
  return nearest === undefined ? "is not a known field" : `is not a known field (did you mean ${nearest}?)`;
}

/** What a message calls a value that it may not show: one that came from a variable, or that could be a secret. */
function hiddenSubject(path: FieldPath, { schema, substitution }: CheckedFile): string | undefined {
  const variables = substitution.used.get(formatPath(path));
  if (variables !== undefined) return `the value of ${variables.map((name) => `\${${name}}`).join(" and ")}`;
  return metaOf(schemaAt(schema, path)).sensitive === true ? "the value" : undefined;
}

function show(value: unknown): string {
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  return shown.length > 80 ? `${shown.slice(0, 77)}…"` : shown;
}

function wrongType(type: string, path: FieldPath, checked: CheckedFile, expected: string): Problem {
  const { document, schema, substitution } = checked;
  const value = valueAt(substitution.data, path);
  const hidden = hiddenSubject(path, checked);
  const report = (problem: string, form: string) =>
    problemAt(document.file, document.placeOf(path), path, problem, form);
  if (Array.isArray(value)) return report("is a list", expected);
  if (typeof value === "object") return report("is a map", expected);
  if (type === "string") {
    if (hidden !== undefined) return report(`is a ${typeof value}, not a text`, `${expected}, in quotes`);
    const source = document.sourceOf(path) ?? "";
    const field = schemaAt(schema, path);
    const fits = field !== undefined && z.core.safeParse(field, source).success;
    const form = fits ? `${expected}, in quotes: ${JSON.stringify(source)}` : expected;
    return report(`is the ${typeof value} ${source}, not a text`, form);
  }
  if (typeof value === "string") {
    return report(hidden === undefined ? `is the text ${show(value)}` : "is a text", expected);
  }
  return report(`is ${show(value)}`, expected);
}
