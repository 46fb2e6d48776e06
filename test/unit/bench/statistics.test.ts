import { describe, expect, it } from "vitest";
import { median, table } from "../../bench/statistics.ts";

describe("median", () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2],
  ])("of %j is %d", (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it("of nothing is a mistake", () => {
    expect(() => median([])).toThrow("no values");
  });
});

describe("table", () => {
  it("puts the ratio beside the two medians", () => {
    const rows = [{ measured: "preview", seconds: 3, baseline: "empty", baselineSeconds: 1.5 }];
    expect(table(rows)).toBe(
      ["measured  median  baseline  median  ratio", "preview   3.00 s  empty     1.50 s  2.00"].join("\n"),
    );
  });
});
