/** One number that was measured, and what it has to be. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** The value that is right, or the largest one that is. @default any value is right */
  readonly expected?: { readonly exactly: number } | { readonly atMost: number };
}

/** Whether the number is what it has to be. */
export function isRight({ value, expected }: Figure): boolean {
  if (expected === undefined) return true;
  return "exactly" in expected ? value === expected.exactly : value <= expected.atMost;
}

/** The figures as a table: each with what it has to be, those that miss it marked. */
export function figureTable(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ name }) => name.length));
  return figures
    .map((figure) => {
      const { name, value, expected } = figure;
      const wanted =
        expected === undefined
          ? ""
          : "exactly" in expected
            ? `expected ${expected.exactly}`
            : `at most ${expected.atMost}`;
      const mark = isRight(figure) ? "" : "  MISSED";
      return `${name.padEnd(width)}  ${String(value).padStart(7)}  ${wanted}${mark}`.trimEnd();
    })
    .join("\n");
}
