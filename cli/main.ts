import { CommanderError } from "commander";
import { UserError } from "../model/user-error.ts";
import { CommandFailure, exitCodeOf, isPromptInterrupt } from "./exit-code.ts";
import { createProgram, type ProgramOptions } from "./program.ts";
import { StackFailure } from "./run/stack-runner.ts";

/**
 * Runs one `haulway` command and says on stderr what went wrong: the message alone for what a person can mend, the stack trace
 * for what is a mistake of Haulway's.
 *
 * @param args the arguments after the command's name.
 * @returns the exit code.
 */
export async function main(args: readonly string[], options: ProgramOptions): Promise<number> {
  try {
    await createProgram(options).parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    const text = report(error);
    if (text !== undefined) options.terminal.stderr.write(`${text}\n`);
    return exitCodeOf(error);
  }
}

function report(error: unknown): string | undefined {
  if (error instanceof CommandFailure || error instanceof CommanderError) return undefined;
  if (error instanceof UserError || error instanceof StackFailure) return error.message;
  if (isPromptInterrupt(error)) return "Interrupted: nothing was changed.";
  // Errors of providers have an empty stack.
  const trace = error instanceof Error ? error.stack || error.message : String(error);
  return `A mistake in haulway itself:\n${trace}`;
}
