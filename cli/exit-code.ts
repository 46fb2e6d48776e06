import { CommanderError } from "commander";
import { InvalidInputError } from "../model/user-error.ts";
import { UsageError } from "./usage-error.ts";

/** What the `haulway` command's exit codes mean. */
export const exitCodes = { done: 0, failed: 1, invalidInput: 2, interrupted: 130 } as const;

/** A command ended badly and has already said why. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  /** The code to exit with. */
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** The exit code for what a command threw. Commander throws for `--help` and `--version`, too, which are no failures. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommandFailure) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.invalidInput;
  if (isPromptInterrupt(error)) return exitCodes.interrupted;
  return error instanceof UsageError || error instanceof InvalidInputError
    ? exitCodes.invalidInput
    : exitCodes.failed;
}

/** Whether a question was answered with Ctrl-C. */
export function isPromptInterrupt(error: unknown): boolean {
  return error instanceof Error && error.name === "ExitPromptError";
}
