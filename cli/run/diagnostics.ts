import { stripVTControlCharacters } from "node:util";
import { describeResource } from "./urn.ts";

/** An error that the engine, a provider, or the program reported. */
export interface Diagnostic {
  /** The resource it is about; absent if it is about the stack as a whole. */
  readonly urn?: string;
  readonly message: string;
}

/** What the engine adds to say only that it failed. */
const consequence = /^(?:update|preview|refresh|destroy|resource .*) failed$|^update canceled$/;
const runningProgram = /^Running program '.*' failed with an unhandled exception:$/;
const stackFrame = /^\s+at .+(?:\)|:\d+:\d+)(?: \{)?$|^\s+at (?:async )?(?:file|node):/;
const repeatedCount = /^\s*(?:error: )?\d+ errors? occurred:$/;
const linesPerError = 12;
const errorsShown = 5;

/**
 * The errors as a person can read them: without stack frames and colours, without the engine's own "update failed" as long as
 * something says why, each one once, and shortened.
 *
 * @returns one string per error, possibly of several lines; empty if there is no error.
 */
export function readableErrors(diagnostics: readonly Diagnostic[]): readonly string[] {
  const errors = diagnostics.map(readable).filter((text) => text !== "");
  const causes = errors.filter((text) => !consequence.test(text));
  const distinct = [...new Set(causes.length > 0 ? causes : errors)];
  if (distinct.length <= errorsShown) return distinct;
  return [...distinct.slice(0, errorsShown), `and ${distinct.length - errorsShown} more errors`];
}

/** The errors that a command wrote to its standard error, where no engine could report them. */
export function errorsInOutput(output: string): readonly string[] {
  const text = stripVTControlCharacters(output).trim();
  const start = text.search(/^error: /m);
  return readableErrors([{ message: start < 0 ? text : text.slice(start) }]);
}

function readable({ urn, message }: Diagnostic): string {
  const lines = stripVTControlCharacters(message)
    .split("\n")
    .map((line) => line.trimEnd())
    .filter(
      (line) =>
        line !== "" && !runningProgram.test(line) && !stackFrame.test(line) && !repeatedCount.test(line),
    );
  const shown = lines.slice(0, linesPerError);
  const cut = lines.length > linesPerError ? [`(${lines.length - linesPerError} more lines)`] : [];
  const text = [...shown, ...cut]
    .join("\n")
    .replace(/^(?:error: |Error: )+/, "")
    .trim();
  if (text === "" || urn === undefined || urn.includes("::pulumi:pulumi:Stack::")) return text;
  return `${describeResource(urn)}: ${text}`;
}
