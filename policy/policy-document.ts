import { isRecord } from "./inputs.ts";

/** A statement of an IAM policy, whatever form it was written in. */
export interface Statement {
  readonly effect: unknown;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Principals by kind: `AWS`, `Service` and so on; `*` alone is `{ AWS: ["*"] }`. */
  readonly principals: Readonly<Record<string, readonly string[]>>;
  /** Values by operator and key. */
  readonly conditions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** Which of NotAction, NotResource and NotPrincipal it has. */
  readonly negations: readonly string[];
}

const NEGATIONS = ["NotAction", "NotResource", "NotPrincipal"];

/** The statements of a policy, given as JSON text; undefined if it is none. */
export function statementsOf(policy: string): readonly Statement[] | undefined {
  const document = parse(policy);
  if (!isRecord(document)) return undefined;
  const statements = many(document["Statement"]);
  return statements.every(isRecord) ? statements.map(readStatement) : undefined;
}

function readStatement(statement: Readonly<Record<string, unknown>>): Statement {
  const principal = statement["Principal"];
  return {
    effect: statement["Effect"],
    actions: texts(statement["Action"]),
    resources: texts(statement["Resource"]),
    principals: textsByKey(typeof principal === "string" ? { AWS: principal } : principal),
    conditions: Object.fromEntries(
      entries(statement["Condition"]).map(([operator, keys]) => [operator, textsByKey(keys)]),
    ),
    negations: NEGATIONS.filter((key) => statement[key] !== undefined),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function entries(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : [];
}

function textsByKey(value: unknown): Record<string, readonly string[]> {
  return Object.fromEntries(entries(value).map(([key, text]) => [key, texts(text)]));
}

function texts(value: unknown): readonly string[] {
  return many(value).map(String);
}

/** IAM writes a list of one as that one. */
function many(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
