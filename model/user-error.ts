/**
 * A mistake that the person at the keyboard can correct. The message names the place, what is wrong, what is expected and
 * the way out; whoever prints it prints the message alone, without a stack trace.
 */
export class UserError extends Error {
  override readonly name: string = "UserError";
}

/** One thing that is wrong in one input file. */
export interface Problem {
  /** Path of the file, relative to the project directory, with forward slashes. */
  readonly file: string;
  /** Line, counted from 1. 0 if the problem is the file itself: it is missing or cannot be read. */
  readonly line: number;
  /** Column, counted from 1; 0 if `line` is 0. */
  readonly column: number;
  /** Path of the field, such as `spec.systems[0].name`; empty if the problem is not about a field. */
  readonly path: string;
  /** What is wrong: a sentence without a subject ("is missing") or one about the value found (`"x y" has a blank`). */
  readonly problem: string;
  /** What would be right, such as `a port from 1 to 65535`. Never contains a value that could be secret. */
  readonly expected: string;
}

/** One line: `file:line path: what is wrong, expected what is right`. */
export function formatProblem(problem: Problem): string {
  const place = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}`;
  const subject = problem.path === "" ? place : `${place} ${problem.path}`;
  return `${subject}: ${problem.problem}, expected ${problem.expected}`;
}

/** By file, then line, then column; what is wrong at one place in an order that does not depend on which check found it. */
function inReadingOrder(a: Problem, b: Problem): number {
  return (
    compareText(a.file, b.file) ||
    a.line - b.line ||
    a.column - b.column ||
    compareText(a.path, b.path) ||
    compareText(a.problem, b.problem)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Everything that is wrong with the environment and team files, found in one pass. The message has one line per problem. */
export class InvalidInputError extends UserError {
  override readonly name = "InvalidInputError";
  /** All problems, sorted by file and line. Never empty. */
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const sorted = [...problems].sort(inReadingOrder);
    super(sorted.map(formatProblem).join("\n"));
    this.problems = sorted;
  }
}
