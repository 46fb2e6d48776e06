import { describe, expect, it } from "vitest";
import { changesBetween } from "../../proof/cluster-traces.ts";
import { type Figure, figureTable, isRight } from "../../proof/figure.ts";

describe("a figure", () => {
  it.each<[string, Figure, boolean]>([
    ["without an expectation", { name: "a", value: 7 }, true],
    ["that is what it has to be", { name: "a", value: 0, expected: { exactly: 0 } }, true],
    ["that is not", { name: "a", value: 1, expected: { exactly: 0 } }, false],
    ["at its limit", { name: "a", value: 2048, expected: { atMost: 2048 } }, true],
    ["beyond its limit", { name: "a", value: 2049, expected: { atMost: 2048 } }, false],
  ])("%s: %j is right: %j", (_, figure, right) => {
    expect(isRight(figure)).toBe(right);
  });

  it("stands in a table beside what it has to be", () => {
    const figures: Figure[] = [
      { name: "reconciles", value: 1000 },
      { name: "commits", value: 2, expected: { exactly: 0 } },
    ];
    expect(figureTable(figures)).toBe(
      ["reconciles     1000", "commits           2  expected 0  MISSED"].join("\n"),
    );
  });
});

describe("traces", () => {
  it("differ where something changed, came or went", () => {
    expect(changesBetween({ a: "1", b: "1", c: "1" }, { a: "1", b: "2", d: "1" })).toEqual(["b", "c", "d"]);
  });
});
