import type { Problem } from "../user-error.ts";
import type { FieldPath } from "./path.ts";
import { formatPath } from "./path.ts";

/** A place in a file, counted from 1. Line 0 is the file as a whole. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The place of a problem that is the file itself. */
export const WHOLE_FILE: Place = { line: 0, column: 0 };

/** A problem at a place of a file. */
export function problemAt(
  file: string,
  place: Place,
  path: FieldPath,
  problem: string,
  expected: string,
): Problem {
  return { file, line: place.line, column: place.column, path: formatPath(path), problem, expected };
}

const BYTE_ORDER_MARKS_OF_UTF16 = [
  [0xfe, 0xff],
  [0xff, 0xfe],
] as const;

const UTF8_EXPECTED = "text in UTF-8; save the file with that encoding";

/** The text of a file, or what keeps its bytes from being one. */
export function decodeUtf8(file: string, bytes: Uint8Array): string | Problem {
  if (BYTE_ORDER_MARKS_OF_UTF16.some(([first, second]) => bytes[0] === first && bytes[1] === second)) {
    return problemAt(file, { line: 1, column: 1 }, [], "the file is encoded in UTF-16", UTF8_EXPECTED);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const place = { line: firstUndecodableLine(bytes), column: 1 };
    return problemAt(file, place, [], "the line has bytes that are not UTF-8", UTF8_EXPECTED);
  }
}

/** No sequence of UTF-8 holds a byte of a line feed but the line feed itself, so each line decodes on its own. */
function firstUndecodableLine(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const feed = bytes.indexOf(0x0a, start);
    const end = feed === -1 ? bytes.length : feed;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    start = end + 1;
  }
  return line;
}
