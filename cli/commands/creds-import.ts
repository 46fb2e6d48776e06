import type { AdoptionOffice } from "@haulway/providers/issuer/synadia/adoption";
import type { Command } from "commander";
import { loadProject, type Project } from "../../model/load.ts";
import { natsUserName, stackName } from "../../model/naming.ts";
import { natsIssuer } from "../../model/nats.ts";
import { UserError } from "../../model/user-error.ts";
import { type DeclaredUser, findDeclaredUser } from "../creds/declared-user.ts";
import { readDeployedUsers } from "../creds/deployed-user.ts";
import { type ImportSource, importUser } from "../creds/import-user.ts";
import type { ProgramOptions } from "../program.ts";
import { openPulumi } from "../run/run-environment.ts";
import { UsageError } from "../usage-error.ts";

/** Adds `haulway creds import <environment> <user>`. */
export function addCredsImportCommand(creds: Command, options: ProgramOptions): void {
  creds
    .command("import")
    .summary("have a user of the Synadia account adopted that exists already")
    .description(
      "Marks a user of the NATS account as a declared one, so that the next haulway up adopts it instead of making another. The user\n" +
        "gets the name and the rights that are declared, and new credentials; its earlier ones work until every Deployment has the\n" +
        "new ones, as in any rotation.",
    )
    .argument("<environment>", "name of the environment: environments/<name>.yaml")
    .argument("<user>", "the declared NATS user that it becomes: <system>/<workload>/<user>")
    .option("--id <userId>", "id of the user in the account")
    .option("--name <name>", "name of the user in the account, if only one has it")
    .addHelpText(
      "after",
      "\nExamples:\n  haulway creds import dev claims/intake/publisher --name claims-publisher\n" +
        "  haulway creds import dev claims/intake/publisher --id 2bKAVoSBsfwNDAEj5MdMaiwqj8e",
    )
    .action((environment: string, user: string, flags: ImportFlags) =>
      run(environment, user, flags, options),
    );
}

interface ImportFlags {
  readonly id?: string;
  readonly name?: string;
}

async function run(
  environment: string,
  user: string,
  flags: ImportFlags,
  options: ProgramOptions,
): Promise<void> {
  const { projectDir, terminal } = options;
  const source = sourceOf(flags);
  const variables = await options.variablesFor(environment);
  const project = loadProject(projectDir, environment, { variables });
  const declared = findDeclaredUser(user, project.teams);
  const up = `haulway up ${environment} --team ${declared.team}`;
  const issuer = natsIssuer(project.environment.nats);
  if (issuer.kind === "operator") throw nothingToImport(user, up);
  await refuseDeployed(declared, project, variables, options);
  const name = natsUserName(environment, declared.system, declared.workload, declared.name);
  const marked = await withOffice(issuer, variables, (office) =>
    importUser({ office, environment, user, name, source }),
  );
  const state = marked.already ? "was marked before" : "is marked";
  terminal.stdout.write(
    `The user ${marked.name} (${marked.id}) ${state} as ${user} of environment ${environment}.\n` +
      `Next: ${up}\n` +
      `It adopts the user: calls it ${name}, gives it the rights that teams/${declared.team}.yaml declares, and issues new credentials.\n` +
      "The earlier ones are revoked when the workload has rolled. Whatever else uses them loses its connection then.\n",
  );
}

function sourceOf({ id, name }: ImportFlags): ImportSource {
  if (id !== undefined && name === undefined) return { id };
  if (name !== undefined && id === undefined) return { name };
  throw new UsageError("Say which user of the account: either --id <userId> or --name <name>");
}

function nothingToImport(user: string, up: string): UsageError {
  return new UsageError(
    "There is nothing to import: this environment's users are signed by its own keys (nats.operator), and nowhere is a list of them. A " +
      `user is no more than an nkey in a creds file. ${up} gives ${user} one of its own. End the one it had before by a revocation, when ` +
      "nothing uses it any more: see docs/runbooks/nats-credentials.md",
  );
}

/** @throws UsageError if the team's stack has the user already. */
async function refuseDeployed(
  { team, user }: DeclaredUser,
  { environment }: Project,
  variables: NodeJS.ProcessEnv,
  { projectDir, createRunner = openPulumi }: ProgramOptions,
): Promise<void> {
  const { secretsProvider } = environment.pulumi;
  const runner = await createRunner({ projectDir, variables, secretsProvider });
  const stack = stackName({ environment: environment.name, kind: "team", name: team });
  const { users } = await readDeployedUsers(runner, stack);
  if (users.some((deployed) => deployed.user === user)) {
    throw new UsageError(
      `${user} exists in environment ${environment.name} already, and Haulway issues its credentials. To make them anew: ` +
        `haulway creds rotate ${environment.name} ${user}`,
    );
  }
}

/** @throws UserError for whatever the control plane refuses. */
async function withOffice<T>(
  issuer: Parameters<typeof AdoptionOffice.open>[0],
  variables: NodeJS.ProcessEnv,
  work: (office: AdoptionOffice) => Promise<T>,
): Promise<T> {
  const { AdoptionOffice, ProviderError } = await import("@haulway/providers/issuer/synadia/adoption");
  try {
    return await work(await AdoptionOffice.open(issuer, variables));
  } catch (error) {
    throw error instanceof ProviderError ? new UserError(error.message) : error;
  }
}
