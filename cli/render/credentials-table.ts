import picocolors from "picocolors";
import type { CredentialStatus } from "../creds/credential-status.ts";

/** What a table depends on beside its rows. */
export interface TableOptions {
  /** Unix seconds. */
  readonly now: number;
  /** How wide the table may be, if the names leave room for it. */
  readonly columns: number;
  readonly color: boolean;
}

const headings = ["USER", "AGE", "EXPIRES", "ROTATES", "ALIVE", "REASON"] as const;
const gap = "  ";
const narrowestReason = 16;

/** The credentials as a table without a trailing newline. The last column, the reason, takes as many lines as it needs. */
export function renderCredentialsTable(
  statuses: readonly CredentialStatus[],
  { now, columns, color }: TableOptions,
): string {
  const colors = picocolors.createColors(color);
  const rows = statuses.map((status) => ({
    cells: [
      status.user,
      status.issuedAt === null ? "none" : formatAge(now - seconds(status.issuedAt)),
      status.expiresAt === null ? "never" : day(status.expiresAt),
      status.rotation === "scheduled" && status.rotateAt !== null ? day(status.rotateAt) : status.rotation,
      String(status.generationsAlive),
    ],
    paint: [
      undefined,
      undefined,
      status.expired ? colors.red : undefined,
      status.rotation === "due" ? colors.yellow : undefined,
      status.generationsAlive === 1 ? undefined : colors.yellow,
    ],
    reason: status.reason,
  }));
  const widths = headings
    .slice(0, -1)
    .map((heading, column) =>
      Math.max(heading.length, ...rows.map(({ cells }) => cells[column]?.length ?? 0)),
    );
  const before = widths.reduce((sum, width) => sum + width + gap.length, 0);
  const lines = rows.flatMap(({ cells, paint, reason }) => {
    const [first = "", ...rest] = wrap(reason, Math.max(narrowestReason, columns - before));
    const painted = cells.map((cell, column) => {
      const padded = cell.padEnd(widths[column] ?? 0);
      return paint[column]?.(padded) ?? padded;
    });
    return [[...painted, first].join(gap), ...rest.map((line) => " ".repeat(before) + line)];
  });
  const head = headings.map((heading, column) => heading.padEnd(widths[column] ?? 0)).join(gap);
  return [colors.dim(head), ...lines].map((line) => line.trimEnd()).join("\n");
}

/** An age in the largest unit that it has one of: `40d`, `5h`, `12m`, `0m`. One in the future, by another clock, is none. */
export function formatAge(age: number): string {
  const minutes = Math.floor(Math.max(0, age) / 60);
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}

/** Lines of at most so many characters, broken between words; a longer word is broken. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (joined.length <= width) {
      line = joined;
      continue;
    }
    if (line !== "") lines.push(line);
    line = word;
    while (line.length > width) {
      lines.push(line.slice(0, width));
      line = line.slice(width);
    }
  }
  return [...lines, line];
}

function day(instant: string): string {
  return instant.slice(0, 10);
}

function seconds(instant: string): number {
  return Date.parse(instant) / 1000;
}
