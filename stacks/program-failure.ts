import { RunError } from "@pulumi/pulumi";
import { UserError } from "../model/user-error.ts";

/**
 * What the program throws at Pulumi: of a user's mistake the message alone, of anything else the error with its stack.
 *
 * Pulumi prints a RunError without its stack, but formats it with `util.inspect` before. Node 20 never comes to an end with
 * that, while it has memory, when a stack holds a frame like `node_modules/@scope/file.ts`: it looks for the slash after the
 * package's name again and again. Source maps make such frames of Pulumi's own files, so they are taken out.
 */
export function programFailure(error: unknown): unknown {
  if (error instanceof UserError) {
    const failure = new RunError(error.message);
    failure.stack = failure.message;
    return failure;
  }
  if (error instanceof Error && error.stack !== undefined) error.stack = printableStack(error.stack);
  return error;
}

/** A stack trace without the frames that Node 20 cannot format: files directly below a package scope. */
export function printableStack(stack: string): string {
  return stack
    .split("\n")
    .filter((line) => !/node_modules[\\/]@[^\\/\s]+[\\/][^\\/\s]+$/.test(line))
    .join("\n");
}
