import type { Command } from "commander";
import { CommandFailure, exitCodes } from "../cli/exit-code.ts";
import type { ProgramOptions } from "../cli/program.ts";
import { describeDown, localDown } from "./down.ts";
import { renderReport } from "./render-report.ts";
import { readReport } from "./status.ts";
import { shellLines } from "./variables.ts";

export { localEnvironmentName, localVariables } from "./variables.ts";

/** What the commands work on and with: a part of the program's options. */
export type LocalCommandOptions = Pick<ProgramOptions, "projectDir" | "terminal" | "interrupts">;

/** Adds `haulway local up|down|status|env`: the environment that runs on this machine. */
export function localCommands(program: Command, options: LocalCommandOptions): void {
  const { projectDir, terminal } = options;
  const local = program
    .command("local")
    .summary("the whole platform on this machine")
    .description(
      "Runs environment `local` on this machine, without a cloud account: the same program, stacks and components as in production,\n" +
        "with real Kubernetes control planes, Argo CD, NATS and Pulumi, and stand-ins for the APIs of AWS and Synadia Cloud.\n" +
        "Everything listens on 127.0.0.1 and writes to .local/ only.",
    );
  local
    .command("up")
    .summary("bring it up, or what is missing of it (npm start)")
    .description(
      "Builds the tools (the first time only: up to 40 minutes), starts the processes, deploys every stack and waits for Argo CD.\n" +
        "Run again, it starts what has ended and deploys what has changed.",
    )
    .option("-y, --yes", "do not ask before the stack of a team or cluster without a file is removed")
    .action(async ({ yes }: { yes?: true }) => {
      // Everything that starts something takes long to load, and only this command needs it.
      const { localUp } = await import("./up.ts");
      await localUp(options, { yes: yes === true });
    });
  local
    .command("down")
    .summary("end it and remove all that it wrote (npm run local:down)")
    .description(
      "Ends every process and removes .local/ and Pulumi.local*.yaml. The tools stay in the cache.",
    )
    .action(async () => {
      terminal.stdout.write(`${describeDown(await localDown(projectDir))}\n`);
    });
  local
    .command("status")
    .summary("what runs where, and what does not run")
    .description(
      "Tells what runs where, and the end of the log of what does not. Exits with 1 if a process has ended.",
    )
    .option("--json", "print one JSON document")
    .action(async ({ json }: { json?: true }) => {
      const report = await readReport(projectDir);
      const text =
        json === true ? JSON.stringify(report.status, undefined, 2) : renderReport(report, process.cwd());
      terminal.stdout.write(`${text}\n`);
      if (report.processes.some((one) => !one.running)) throw new CommandFailure(exitCodes.failed);
    });
  local
    .command("env")
    .summary("print its variables for a shell")
    .description(
      'Prints lines for a POSIX shell: eval "$(npx haulway local env)". Then pulumi and kubectl work on the environment.',
    )
    .action(async () => {
      terminal.stdout.write(`${(await shellLines(projectDir)).join("\n")}\n`);
    });
}
