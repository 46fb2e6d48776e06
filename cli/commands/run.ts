import { type Command, InvalidArgumentError } from "commander";
import { CommandFailure, exitCodes } from "../exit-code.ts";
import { listenForInterrupt } from "../interrupt.ts";
import type { Operation } from "../plan/plan.ts";
import type { ProgramOptions } from "../program.ts";
import { renderRunJson, renderRunSummary } from "../render/run-summary.ts";
import { hasSucceeded, runEnvironment } from "../run/run-environment.ts";
import { confirmationPrompt, openTaskList } from "../terminal/terminal.ts";

/** What may be asked of a run beside the environment. */
export interface RunFlags {
  readonly team?: string;
  readonly cluster?: string;
  readonly json?: true;
  readonly yes?: true;
  readonly parallel?: number;
  readonly wait?: boolean;
  readonly waitTimeout?: number;
}

const texts: Readonly<
  Record<Operation, { summary: string; description: string; examples: readonly string[] }>
> = {
  up: {
    summary: "deploy an environment, or one team or cluster of it",
    description:
      "Deploys the stacks of an environment in the order they need each other: the platform, then clusters, then teams, and\n" +
      "waits until Argo CD has applied what the teams declare. Stacks of teams and clusters that have no file any more are\n" +
      "destroyed, after a confirmation. Run again, it changes nothing.",
    examples: ["haulway up dev", "haulway up dev --team claims", "haulway up prod --yes --json"],
  },
  preview: {
    summary: "show what `up` would change",
    description:
      "Shows, stack by stack, how many resources `up` would create, update, replace and delete. Changes nothing.",
    examples: ["haulway preview dev", "haulway preview dev --team claims --json"],
  },
  destroy: {
    summary: "destroy an environment, or one team or cluster of it",
    description:
      "Destroys the stacks of an environment with everything in them, after a confirmation: teams first, then clusters, then\n" +
      "the platform. The files stay as they are.",
    examples: ["haulway destroy dev", "haulway destroy dev --team claims"],
  },
};

/** Adds `haulway up`, `haulway preview` and `haulway destroy`. */
export function addRunCommands(program: Command, options: ProgramOptions): void {
  addRunCommand(program, "up", options)
    .option("--wait-timeout <seconds>", "how long to wait for Argo CD's Applications", positiveInteger, 300)
    .option("--no-wait", "do not wait for Argo CD's Applications");
  addRunCommand(program, "preview", options);
  addRunCommand(program, "destroy", options);
}

function addRunCommand(program: Command, operation: Operation, options: ProgramOptions): Command {
  const { summary, description, examples } = texts[operation];
  const command = program
    .command(operation)
    .summary(summary)
    .description(description)
    .argument("<environment>", "name of the environment: environments/<name>.yaml")
    .option("--team <team>", "only this team's stack")
    .option("--cluster <cluster>", "only this workload cluster's stack")
    .option("--parallel <number>", "how many stacks may run at the same time", positiveInteger, 2)
    .option("--json", "print the result as one JSON document on stdout, progress on stderr");
  if (operation !== "preview") command.option("-y, --yes", "do not ask before something is removed");
  return command
    .addHelpText("after", `\nExamples:\n${examples.map((example) => `  ${example}`).join("\n")}`)
    .action((environment: string, flags: RunFlags) => runOperation(operation, environment, flags, options));
}

/**
 * Runs an operation and prints how it goes and ends.
 *
 * @throws CommandFailure if it did not succeed, which has been said then; and what `runEnvironment` throws.
 */
export async function runOperation(
  operation: Operation,
  environment: string,
  flags: RunFlags,
  options: ProgramOptions,
): Promise<void> {
  const { projectDir, terminal } = options;
  const json = flags.json === true;
  const tasks = openTaskList(terminal, json);
  const interrupt = listenForInterrupt(options.interrupts, (line) => tasks.note(line));
  try {
    const result = await runEnvironment({
      operation,
      environment,
      team: flags.team,
      cluster: flags.cluster,
      parallel: flags.parallel,
      waitSeconds: flags.wait === false ? 0 : flags.waitTimeout,
      projectDir,
      tasks,
      variables: await options.variablesFor(environment),
      signal: interrupt.signal,
      terminate: interrupt.terminate,
      confirm: confirmationPrompt({
        terminal,
        tasks,
        yes: flags.yes === true,
        command: commandLine(operation, environment, flags),
      }),
      ...(options.createRunner !== undefined && { createRunner: options.createRunner }),
    });
    tasks.stop();
    const interrupted = interrupt.signal.aborted;
    const summary = { operation, environment, interrupted };
    const succeeded = hasSucceeded(result) && !interrupted;
    if (json) terminal.stdout.write(`${renderRunJson(result, summary, succeeded)}\n`);
    (json ? terminal.stderr : terminal.stdout).write(`${renderRunSummary(result, summary)}\n`);
    if (interrupted) throw new CommandFailure(exitCodes.interrupted);
    if (!succeeded) throw new CommandFailure(exitCodes.failed);
  } finally {
    tasks.stop();
    interrupt.dispose();
  }
}

function commandLine(operation: Operation, environment: string, { team, cluster }: RunFlags): string {
  return [
    `haulway ${operation} ${environment}`,
    ...(team === undefined ? [] : [`--team ${team}`]),
    ...(cluster === undefined ? [] : [`--cluster ${cluster}`]),
  ].join(" ");
}

function positiveInteger(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("Expected a whole number, at least 1.");
  return Number(text);
}
