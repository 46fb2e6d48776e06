import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLParseError,
} from "yaml";
import type { Problem } from "../user-error.ts";
import type { FieldPath } from "./path.ts";
import { type Place, problemAt } from "./source-file.ts";
import { describeSyntaxError } from "./yaml-problems.ts";

/** A parsed file that knows where each of its fields stands. */
export interface LocatedDocument {
  /** Path of the file, relative to the project directory. */
  readonly file: string;
  /** The content as plain data. */
  readonly data: unknown;
  /** Where the key of a field stands, or the item of a list; for a field that is missing, where the map stands that lacks it. */
  readonly placeOf: (path: FieldPath) => Place;
  /** The value of a field as it is written in the file, without quotes; undefined if it is not a single value. */
  readonly sourceOf: (path: FieldPath) => string | undefined;
}

/** What came of parsing a file: a document unless it is beyond reading, and the problems found. */
export interface ParsedFile {
  readonly document: LocatedDocument | undefined;
  readonly problems: readonly Problem[];
}

/** Parses one YAML file. Refuses what YAML can do and these files must not: aliases, tags, several documents, duplicate keys. */
export function parseYaml(file: string, text: string): ParsedFile {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    version: "1.2",
    logLevel: "error",
  });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const [syntaxError] = document.errors;
  if (syntaxError !== undefined) {
    const quote = openQuote(document, syntaxError);
    const [problem, expected] =
      quote === undefined
        ? describeSyntaxError(syntaxError)
        : ["a text in quotes begins here and does not end", "a closing quote"];
    const problems = [problemAt(file, placeAt(quote ?? syntaxError.pos[0]), [], problem, expected)];
    return { document: undefined, problems };
  }
  const findings = inspect(document);
  const problems = findings.map(({ offset, path, problem, expected }) =>
    problemAt(file, placeAt(offset), path, problem, expected),
  );
  if (findings.some(({ fatal }) => fatal)) return { document: undefined, problems };
  const data: unknown = document.toJS();
  return {
    problems,
    document: {
      file,
      data,
      placeOf: (path) => placeAt(find(document, path).offset),
      sourceOf: (path) => {
        const { node, complete } = find(document, path);
        return complete && isScalar(node) ? (node.source ?? "") : undefined;
      },
    },
  };
}

/** Where the text in quotes begins that is not closed; the parser notices at its end only, which is often the end of the file. */
function openQuote(document: Document.Parsed, error: YAMLParseError): number | undefined {
  if (error.code !== "MISSING_CHAR") return undefined;
  let start: number | undefined;
  visit(document, {
    Scalar: (_key, { type, range }) => {
      const quoted = type === "QUOTE_DOUBLE" || type === "QUOTE_SINGLE";
      if (quoted && range && range[0] < error.pos[0] && error.pos[0] <= range[2] + 1) start = range[0];
    },
  });
  return start;
}

/** Something that YAML allows and these files must not have. */
interface Finding {
  readonly offset: number;
  readonly path: FieldPath;
  readonly problem: string;
  readonly expected: string;
  /** Whether the data that a parser would make of it means something else than what is written. */
  readonly fatal: boolean;
}

function inspect(document: Document.Parsed): readonly Finding[] {
  const findings: Finding[] = [];
  const inspectNode = (node: unknown, path: FieldPath): void => {
    if (isAlias(node)) {
      const problem = `*${node.source} is a YAML alias`;
      const expected = "the value itself, in quotes if it begins with *";
      findings.push({ offset: offsetOf(node), path, problem, expected, fatal: true });
      return;
    }
    if (!isMap(node) && !isSeq(node) && !isScalar(node)) return;
    if (node.anchor !== undefined) {
      const problem = `&${node.anchor} is a YAML anchor`;
      const expected = "the value itself, in quotes if it begins with &";
      findings.push({ offset: offsetOf(node), path, problem, expected, fatal: true });
    }
    if (node.tag !== undefined) {
      const problem = `${node.tag} is a YAML tag`;
      const expected = "the value itself, in quotes if it begins with !";
      findings.push({ offset: offsetOf(node), path, problem, expected, fatal: true });
    }
    if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) inspectNode(item, [...path, index]);
    }
    if (!isMap(node)) return;
    const first = new Map<string, number>();
    for (const { key, value } of node.items) {
      if (!isScalar(key)) {
        const problem = "a key is not a single word";
        findings.push({ offset: offsetOf(key), path, problem, expected: "name: value", fatal: true });
        continue;
      }
      const name = String(key.value);
      if (name === "__proto__") {
        const problem = "is a key that no map of these files can have";
        findings.push({
          offset: offsetOf(key),
          path: [...path, name],
          problem,
          expected: "another one",
          fatal: true,
        });
      }
      if (first.has(name)) {
        const problem = "is there twice";
        const expected = "each field once; remove one of the two";
        findings.push({ offset: offsetOf(key), path: [...path, name], problem, expected, fatal: false });
      }
      first.set(name, offsetOf(key));
      inspectNode(key, [...path, name]);
      inspectNode(value, [...path, name]);
    }
  };
  inspectNode(document.contents, []);
  return findings;
}

function offsetOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0;
}

/** Goes as far along `path` as the document does. */
function find(
  document: Document.Parsed,
  path: FieldPath,
): { readonly node: unknown; readonly offset: number; readonly complete: boolean } {
  let node: unknown = document.contents;
  let offset = offsetOf(node);
  for (const segment of path) {
    if (isMap(node)) {
      const pair = node.items.findLast(({ key }) => isScalar(key) && String(key.value) === String(segment));
      if (pair === undefined) return { node, offset, complete: false };
      offset = offsetOf(pair.key);
      node = pair.value;
    } else if (isSeq(node) && typeof segment === "number" && segment < node.items.length) {
      node = node.items[segment];
      offset = offsetOf(node);
    } else {
      return { node, offset, complete: false };
    }
  }
  return { node, offset, complete: true };
}
