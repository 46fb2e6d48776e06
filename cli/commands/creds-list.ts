import type { Command } from "commander";
import picocolors from "picocolors";
import { loadEnvironment } from "../../model/load.ts";
import { listInputs, nameOfFile } from "../../model/source/input-directory.ts";
import { type CredentialsReport, listCredentials } from "../creds/list-credentials.ts";
import { CommandFailure, exitCodes } from "../exit-code.ts";
import type { ProgramOptions } from "../program.ts";
import { renderCredentialsTable } from "../render/credentials-table.ts";
import { openPulumi } from "../run/run-environment.ts";
import { isInteractive } from "../terminal/terminal.ts";

const defaultColumns = 80;

/** Adds `haulway creds list <environment>`. */
export function addCredsListCommand(creds: Command, options: ProgramOptions): void {
  creds
    .command("list")
    .summary("how old they are, and what happens to them next")
    .description(
      "Lists the NATS users of an environment as the last run of each team's stack left them: the age of their credentials, when they\n" +
        "expire and are made anew, how many generations of them work, and why the present one was made.",
    )
    .argument("<environment>", "name of the environment: environments/<name>.yaml")
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", "\nExamples:\n  haulway creds list dev\n  haulway creds list dev --json")
    .action((environment: string, flags: { json?: true }) => list(environment, flags, options));
}

async function list(environment: string, flags: { json?: true }, options: ProgramOptions): Promise<void> {
  const { projectDir, terminal } = options;
  const { stdout, stderr } = terminal;
  const variables = await options.variablesFor(environment);
  const loaded = loadEnvironment(projectDir, environment, { variables });
  const runner = await (options.createRunner ?? openPulumi)({
    projectDir,
    variables,
    secretsProvider: loaded.pulumi.secretsProvider,
  });
  const now = Math.floor(Date.now() / 1000);
  const teams = listInputs(projectDir, "teams").files.map(nameOfFile);
  const report = await listCredentials({ environment: loaded, teams, runner, now });
  if (flags.json === true) stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  else {
    const interactive = isInteractive(stdout, terminal.variables);
    const columns = interactive ? stdout.columns : defaultColumns;
    const color = interactive && picocolors.isColorSupported;
    stdout.write(`${describe(report, { now, columns, color })}\n`);
  }
  for (const { team, reason } of report.skipped) stderr.write(`team ${team}: ${reason}\n`);
  if (report.skipped.some(({ failed }) => failed)) throw new CommandFailure(exitCodes.failed);
}

function describe(
  { environment, users }: CredentialsReport,
  options: Parameters<typeof renderCredentialsTable>[1],
): string {
  if (users.length === 0) return `There are no NATS users in environment ${environment}.`;
  const due = users.filter(({ rotation }) => rotation === "due").length;
  const hint = due === 0 ? [] : [`${due} due: the next run makes them anew: haulway up ${environment}`];
  return [renderCredentialsTable(users, options), ...hint].join("\n");
}
