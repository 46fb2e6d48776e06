/** A piece of text that takes the place of another. */
export interface TextEdit {
  /** Where, counted in characters from 0. */
  readonly at: number;
  /** How many characters go. */
  readonly remove: number;
  readonly insert: string;
}

/** The text after the edits, whose places are those of the text as it was. They must not overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  return [...edits]
    .sort((a, b) => b.at - a.at)
    .reduce((rest, { at, remove, insert }) => rest.slice(0, at) + insert + rest.slice(at + remove), text);
}

/** The line ending of a text: that of its first line. */
export function lineEnding(text: string): "\n" | "\r\n" {
  return /\r?\n/.exec(text)?.[0] === "\r\n" ? "\r\n" : "\n";
}

/** Where the line begins that has the place. */
export function lineStart(text: string, place: number): number {
  return text.lastIndexOf("\n", place - 1) + 1;
}

/** Where the line ends that has the place, before its line ending. */
export function lineEnd(text: string, place: number): number {
  const feed = text.indexOf("\n", place);
  const end = feed === -1 ? text.length : feed;
  return text[end - 1] === "\r" ? end - 1 : end;
}

/** The blanks that a line begins with. */
export function indentationAt(text: string, place: number): string {
  return /^ */.exec(text.slice(lineStart(text, place)))?.[0] ?? "";
}
