import { holdsSecret } from "../secret-text.ts";
import { UsageError } from "../usage-error.ts";

const longest = 200;

/** What is written as the reason of a rotation where nobody gave one. */
export function reasonByDefault(now: Date): string {
  return `rotated by hand on ${now.toISOString().slice(0, 10)}`;
}

/**
 * Makes sure that a reason can stand in the environment's file, which is in git, and in what a run prints.
 *
 * @throws UsageError if it is empty, longer than 200 characters or not one line, holds a variable, or looks like a secret. The
 *   message does not repeat it.
 */
export function checkReason(reason: string): string {
  const text = reason.trim();
  if (text === "") throw refused("is empty", "a few words, such as --reason 'laptop stolen'");
  if (/\p{C}/u.test(text))
    throw refused("is not one line of text", "a text without line breaks and control characters");
  if (text.length > longest) throw refused(`has ${text.length} characters`, `at most ${longest}`);
  // It would be taken for a variable when the file is read.
  if (text.includes("${")) throw refused("holds ${, which begins a variable", "a text without it");
  if (holdsSecret(text)) {
    throw refused(
      "looks like a secret",
      "words that anybody may read: it is written to git. If that was a real one, it is in the history of your shell now",
    );
  }
  return text;
}

function refused(problem: string, expected: string): UsageError {
  return new UsageError(`--reason ${problem}, expected ${expected}`);
}
