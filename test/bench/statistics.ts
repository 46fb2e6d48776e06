/** The value in the middle; of an even number of values, the lower of the two. */
export function median(values: readonly number[]): number {
  const middle = values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
  if (middle === undefined) throw new Error("The median of no values is asked for");
  return middle;
}

/** One line of the table: what was measured, against what, both medians in seconds. */
export interface Row {
  readonly measured: string;
  readonly seconds: number;
  readonly baseline: string;
  readonly baselineSeconds: number;
  /** The largest ratio that is allowed. @default any */
  readonly limit?: number;
}

/** How many times as long as its baseline something took. */
export function ratio(row: Row): number {
  return row.seconds / row.baselineSeconds;
}

/** Whether a row keeps its limit. */
export function isWithinLimit(row: Row): boolean {
  return row.limit === undefined || ratio(row) <= row.limit;
}

/** The rows as a table, the columns as wide as what they hold. */
export function table(rows: readonly Row[]): string {
  const lines = [
    ["measured", "median", "baseline", "median", "ratio", "limit"],
    ...rows.map((row) => [
      row.measured,
      `${row.seconds.toFixed(2)} s`,
      row.baseline,
      `${row.baselineSeconds.toFixed(2)} s`,
      ratio(row).toFixed(2),
      row.limit?.toFixed(2) ?? "",
    ]),
  ];
  const widths =
    lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
