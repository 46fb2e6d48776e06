import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { z } from "zod";
import { environmentSchema } from "../../../model/environment.ts";
import { readDocument } from "../../../model/read-document.ts";
import { type FieldPath, formatPath } from "../../../model/source/path.ts";
import { parseYaml } from "../../../model/source/yaml-document.ts";
import { teamSchema } from "../../../model/team.ts";
import { CLAIMS, DEV } from "./support/project-directory.ts";

/** All paths of data, those of maps and lists included, but for the root. */
function pathsOf(data: unknown, path: FieldPath = []): readonly FieldPath[] {
  if (typeof data !== "object" || data === null) return [path];
  const inner = Array.isArray(data)
    ? data.flatMap((item, index) => pathsOf(item, [...path, index]))
    : Object.entries(data).flatMap(([key, value]) => pathsOf(value, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

/** A copy of data with the value at a path changed; undefined as the new value removes it. */
function changed(data: unknown, [segment, ...rest]: FieldPath, change: (value: unknown) => unknown): unknown {
  if (segment === undefined) return change(data);
  if (Array.isArray(data)) {
    const items: readonly unknown[] = data;
    return items.map((item, index) => (index === segment ? changed(item, rest, change) : item));
  }
  return Object.fromEntries(
    Object.entries(data as Record<string, unknown>).map(([key, value]) => [
      key,
      key === segment ? changed(value, rest, change) : value,
    ]),
  );
}

/** Ways to write the same data as YAML. */
const layout = fc.record({
  indent: fc.constantFrom(2, 4),
  indentSeq: fc.boolean(),
  collectionStyle: fc.constantFrom("any" as const, "block" as const, "flow" as const),
  defaultStringType: fc.constantFrom("PLAIN" as const, "QUOTE_DOUBLE" as const),
  lineWidth: fc.constantFrom(0, 40),
  comment: fc.constantFrom("", "# a comment\n", "# two\n\n# comments\n"),
});

function dataOf(text: string): unknown {
  return parseYaml("sample.yaml", text).document?.data;
}

const SAMPLES: readonly (readonly [string, z.ZodType, unknown])[] = [
  ["Team", teamSchema, dataOf(CLAIMS)],
  ["Environment", environmentSchema, dataOf(DEV)],
];

describe.each(SAMPLES)("positions in a file of kind %s", (kind, schema, sample) => {
  /** A map that no field accepts, and whose key occurs in no file. */
  const INTRUDER = { intruder: 1 };

  it("hold the field that has a wrong value", () => {
    fc.assert(
      fc.property(fc.constantFrom(...pathsOf(sample)), layout, (path, { comment, ...options }) => {
        const wrong = changed(sample, path, () => INTRUDER);
        const text = comment + stringify(wrong, options);
        const { problems } = readDocument({ file: "f.yaml", name: "f", text }, schema, kind, undefined);
        const own = problems.filter((problem) => problem.path.startsWith(formatPath(path)));
        expect(own.length).toBeGreaterThan(0);
        const lines = text.split("\n");
        for (const { line, column, path: where, problem } of own) {
          // A field that is missing is reported where the map stands that lacks it.
          const shown = problem === "is missing" ? where.replace(/\.\w+$/, "") : where;
          const rest = lines[line - 1]?.slice(column - 1) ?? "";
          const key = shown.endsWith("]") ? undefined : shown.split(".").at(-1);
          expect(rest).toMatch(key === undefined ? /^(?:\{|"?intruder)/ : new RegExp(`^"?${key}"?:`));
        }
      }),
    );
  });

  it("hold the key that is not known", () => {
    const maps = pathsOf(sample).filter((path) => {
      const value = path.reduce<unknown>(
        (data, segment) => (data as Record<string | number, unknown>)[segment],
        sample,
      );
      return (
        typeof value === "object" &&
        !Array.isArray(value) &&
        path.at(-1) !== "clusterLabels" &&
        path.at(-1) !== "labels"
      );
    });
    fc.assert(
      fc.property(fc.constantFrom(...maps), layout, (path, { comment, ...options }) => {
        const wrong = changed(sample, path, (value) => ({ ...(value as object), ...INTRUDER }));
        const text = comment + stringify(wrong, options);
        const { problems } = readDocument({ file: "f.yaml", name: "f", text }, schema, kind, undefined);
        expect(problems.map((problem) => problem.path)).toEqual([`${formatPath(path)}.intruder`]);
        const { line = 0, column = 0 } = problems[0] ?? {};
        expect(text.split("\n")[line - 1]?.slice(column - 1)).toMatch(/^"?intruder"?:/);
      }),
    );
  });
});
