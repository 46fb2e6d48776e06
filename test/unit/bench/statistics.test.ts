import { describe, expect, it } from "vitest";
import { isWithinLimit, median, table } from "../../bench/statistics.ts";

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
  it("puts the ratio beside the two medians, and its limit beside the ratio", () => {
    const rows = [
      { measured: "preview", seconds: 3, baseline: "empty", baselineSeconds: 1.5 },
      { measured: "up", seconds: 4, baseline: "empty", baselineSeconds: 2.5, limit: 1.5 },
    ];
    expect(table(rows)).toBe(
      [
        "measured  median  baseline  median  ratio  limit",
        "preview   3.00 s  empty     1.50 s  2.00",
        "up        4.00 s  empty     2.50 s  1.60   1.50",
      ].join("\n"),
    );
  });
});

describe("a limit", () => {
  const row = { measured: "up", baseline: "empty", baselineSeconds: 2 };

  it.each([
    [3, undefined, true],
    [3, 1.5, true],
    [3.1, 1.5, false],
  ])("of %d s against 2 s is kept with %j: %j", (seconds, limit, kept) => {
    expect(isWithinLimit({ ...row, seconds, ...(limit === undefined ? {} : { limit }) })).toBe(kept);
  });
});
