import type { Readable } from "node:stream";
import { UsageError } from "../usage-error.ts";
import { createTaskList, type TaskList } from "./task-list.ts";

/** Where a command reads and writes. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** The variables of the process; `CI` says that nobody is watching. */
  readonly variables: NodeJS.ProcessEnv;
}

/** Whether a person watches the stream, so that it can be redrawn: a terminal, and no CI. */
export function isInteractive(stream: { readonly isTTY?: boolean }, variables: NodeJS.ProcessEnv): boolean {
  const ci = variables["CI"];
  return stream.isTTY === true && (ci === undefined || ci === "" || ci === "false" || ci === "0");
}

/** The task list of a command: on stdout, or on stderr where stdout is kept for a JSON document. */
export function openTaskList({ stdout, stderr, variables }: Terminal, json: boolean): TaskList {
  const stream = json ? stderr : stdout;
  return createTaskList({ stream, interactive: isInteractive(stream, variables) });
}

/** Whether there is somebody who can be asked. */
export function canAsk({ stdin, stderr, variables }: Terminal): boolean {
  return isInteractive(stdin, variables) && isInteractive(stderr, variables);
}

/** Settings of {@link confirmationPrompt}. */
export interface ConfirmationOptions {
  readonly terminal: Terminal;
  /** `--yes` was given: nothing is asked. */
  readonly yes: boolean;
  /** The command as it would be typed, for the message that names `--yes`. */
  readonly command: string;
  /** Drawing stops while a question is asked. */
  readonly tasks: TaskList;
}

/**
 * Asks a yes-or-no question; the answer that Enter alone gives is no.
 *
 * @returns a function that throws UsageError where there is nobody to ask and `--yes` was not given.
 */
export function confirmationPrompt(options: ConfirmationOptions): (question: string) => Promise<boolean> {
  const { terminal, yes, command, tasks } = options;
  return async (question) => {
    if (yes) return true;
    const { stdin, stderr } = terminal;
    if (!canAsk(terminal)) {
      const what = question.split("\n").slice(0, -1).join("\n");
      throw new UsageError(
        `${what}\nThere is no terminal to confirm this on. If it is meant: ${command} --yes`,
      );
    }
    tasks.stop();
    const { default: confirm } = await import("@inquirer/confirm");
    return confirm({ message: question, default: false }, { input: stdin, output: stderr });
  };
}
