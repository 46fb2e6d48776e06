import type { Command } from "commander";
import type { Environment } from "../../model/environment.ts";
import { loadProject } from "../../model/load.ts";
import { stackName } from "../../model/naming.ts";
import { UserError } from "../../model/user-error.ts";
import { findDeclaredUser } from "../creds/declared-user.ts";
import { readDeployedUsers } from "../creds/deployed-user.ts";
import { checkReason, reasonByDefault } from "../creds/reason.ts";
import { type WrittenRotation, writeRotation } from "../creds/rotate-credentials.ts";
import type { ProgramOptions } from "../program.ts";
import { openPulumi } from "../run/run-environment.ts";
import { StackFailure } from "../run/stack-runner.ts";
import { canAsk, confirmationPrompt, openTaskList, type Terminal } from "../terminal/terminal.ts";
import { UsageError } from "../usage-error.ts";
import { runOperation } from "./run.ts";

/** Adds `haulway creds rotate <environment> <user>`. */
export function addCredsRotateCommand(creds: Command, options: ProgramOptions): void {
  creds
    .command("rotate")
    .summary("make one user's credentials anew, with another nkey")
    .description(
      "Raises the user's epoch in environments/<environment>.yaml, shows what that changes, asks, and deploys the team's stack. The\n" +
        "former credentials work until every Deployment has the new ones, and are revoked then.",
    )
    .argument("<environment>", "name of the environment: environments/<name>.yaml")
    .argument("<user>", "the NATS user: <system>/<workload>/<user>")
    .option("--reason <text>", "why, for those who read the file and the list; never a secret")
    .option("--edit-only", "change the file and deploy nothing")
    .option("-y, --yes", "do not ask before it is deployed")
    .addHelpText(
      "after",
      "\nExamples:\n  haulway creds rotate dev claims/intake/publisher --reason 'laptop stolen'\n" +
        "  haulway creds rotate dev claims/intake/publisher --edit-only",
    )
    .action((environment: string, user: string, flags: RotateFlags) =>
      rotate(environment, user, flags, options),
    );
}

interface RotateFlags {
  readonly reason?: string;
  readonly editOnly?: true;
  readonly yes?: true;
}

async function rotate(
  environment: string,
  user: string,
  flags: RotateFlags,
  options: ProgramOptions,
): Promise<void> {
  const { projectDir, terminal } = options;
  const { stdout } = terminal;
  const reason = flags.reason === undefined ? reasonByDefault(new Date()) : checkReason(flags.reason);
  const command = `haulway creds rotate ${environment} ${user}`;
  const asks = flags.editOnly !== true && flags.yes !== true;
  if (asks && !canAsk(terminal)) {
    throw new UsageError(
      `This makes the credentials of ${user} anew. There is no terminal to confirm this on. If it is meant: ${command} --yes`,
    );
  }
  const variables = await options.variablesFor(environment);
  const { teams, environment: loaded } = loadProject(projectDir, environment, { variables });
  const { team } = findDeclaredUser(user, teams);
  const up = `haulway up ${environment} --team ${team}`;
  const deployed = () => deployedEpoch(loaded, { user, team, up }, variables, options);
  const above = flags.editOnly === true ? await ifReadable(deployed, terminal) : await deployed();
  const written = await writeRotation({ projectDir, environment, user, reason, above, variables });
  stdout.write(`${written.place}: ${user} has epoch ${written.epoch} now: ${reason}\n`);
  if (flags.editOnly === true) {
    stdout.write(`Nothing is deployed. The credentials are made anew by the next run: ${up}\n`);
    return;
  }
  const run = { team };
  if (asks) {
    await guarded(() => runOperation("preview", environment, run, options), written, up, terminal);
    await confirm(user, command, written, options);
  }
  await guarded(() => runOperation("up", environment, run, options), written, up, terminal);
  stdout.write(
    `${user} has new credentials. Commit ${written.file} now: a run without the entry would make them anew once more.\n` +
      `How they stand: haulway creds list ${environment}\n`,
  );
}

/**
 * The environment's epoch that a user's present credentials were made for. Only another one makes new credentials, and a file that
 * has been reset does not have it any more.
 *
 * @throws UsageError if the user is not deployed. StackFailure if the backend cannot be read.
 */
async function deployedEpoch(
  { name: environment, pulumi }: Environment,
  { user, team, up }: { readonly user: string; readonly team: string; readonly up: string },
  variables: NodeJS.ProcessEnv,
  { projectDir, createRunner = openPulumi }: ProgramOptions,
): Promise<number> {
  const runner = await createRunner({ projectDir, variables, secretsProvider: pulumi.secretsProvider });
  const stack = stackName({ environment, kind: "team", name: team });
  const { users, readable } = await readDeployedUsers(runner, stack);
  if (!readable) return 0;
  const found = users.find((candidate) => candidate.user === user);
  if (found === undefined) {
    throw new UsageError(
      `${user} is not deployed in environment ${environment}: there is nothing to make anew. It gets its first credentials by: ${up}`,
    );
  }
  return Number(found.epoch.split(".").at(-1));
}

/** 0 where the backend cannot be read: whoever changes the file only need not have access to it. */
async function ifReadable(read: () => Promise<number>, { stderr }: Terminal): Promise<number> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof UserError || error instanceof StackFailure))
      throw error;
    stderr.write(
      `What is deployed cannot be read: ${error.message}\nIf the entry had the same epoch before, the next run makes nothing anew.\n`,
    );
    return 0;
  }
}

/** Says how to go on when something fails that comes after the change of the file. */
async function guarded(
  work: () => Promise<void>,
  { place }: WrittenRotation,
  up: string,
  { stderr }: Terminal,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    stderr.write(
      `The entry stays in ${place}. To go on, once that is mended: ${up}\n` +
        "Another haulway creds rotate would be another rotation.\n",
    );
    throw error;
  }
}

/** Asks; takes the change of the file back if the answer is no, or Ctrl-C. */
async function confirm(
  user: string,
  command: string,
  written: WrittenRotation,
  { terminal }: ProgramOptions,
): Promise<void> {
  const ask = confirmationPrompt({ terminal, tasks: openTaskList(terminal, false), yes: false, command });
  let confirmed = false;
  try {
    confirmed = await ask(
      `This makes the credentials of ${user} anew, and revokes the present ones.\nGo on?`,
    );
  } finally {
    if (!confirmed && !(await written.takeBack())) {
      terminal.stderr.write(`${written.file} has been changed by somebody else: the entry stays in it.\n`);
    }
  }
  if (!confirmed) throw new UserError("Not confirmed: nothing was changed.");
}
