import { Command } from "commander";
import { addCredsCommands } from "./commands/creds.ts";
import { addRunCommands } from "./commands/run.ts";
import { addValidateCommand } from "./commands/validate.ts";
import type { RunOptions } from "./run/run-environment.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** What the `haulway` command is made of. */
export interface ProgramOptions {
  /** Directory of Pulumi.yaml, absolute. */
  readonly projectDir: string;
  /** The variables that a run of an environment sees; those of the local environment, for example, are made for it. */
  readonly variablesFor: (environment: string) => Promise<NodeJS.ProcessEnv>;
  /** Adds further commands. Default: none. */
  readonly extend?: (program: Command) => void;
  readonly terminal: Terminal;
  /** Where SIGINT and SIGTERM come from: the process. */
  readonly interrupts: Pick<NodeJS.EventEmitter, "on" | "off">;
  /** Runs stacks. Default: the Pulumi engine. */
  readonly createRunner?: RunOptions["createRunner"];
}

const description = `An internal developer platform on Amazon EKS.

An environment is described by environments/<name>.yaml, what a team owns by teams/<team>.yaml.
Exit codes: 0 done, 1 failed, 2 invalid input, 130 interrupted.`;

const examples = `
Examples:
  haulway local up              the whole platform on this machine, without a cloud account
  haulway validate              check all files
  haulway preview dev           what would change
  haulway up dev                deploy environment dev
  haulway up dev --team claims  deploy one team's part of it
  haulway creds list dev        the credentials of its NATS users

haulway <command> --help tells more of each command.`;

/** The `haulway` command. It throws instead of ending the process; see `exitCodeOf` for what its errors mean. */
export function createProgram(options: ProgramOptions): Command {
  const { stdout, stderr } = options.terminal;
  const program = new Command("haulway")
    .description(description)
    .addHelpText("after", examples)
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => helpWidth,
      getErrHelpWidth: () => helpWidth,
    })
    .showHelpAfterError("(haulway --help shows what there is)")
    .exitOverride();
  addValidateCommand(program, options);
  addRunCommands(program, options);
  addCredsCommands(program, options);
  options.extend?.(program);
  return program;
}

const helpWidth = 120;
