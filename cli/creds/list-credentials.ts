import type { Environment } from "../../model/environment.ts";
import { UserError } from "../../model/user-error.ts";
import { knownStacks } from "../plan/known-stacks.ts";
import type { StackRunner } from "../run/stack-runner.ts";
import { type CredentialStatus, credentialStatuses } from "./credential-status.ts";
import { deployedUsers } from "./deployed-user.ts";

/** What `haulway creds list --json` prints. */
export interface CredentialsReport {
  readonly environment: string;
  readonly users: readonly CredentialStatus[];
  /** Teams whose users are not among `users`, and why. */
  readonly skipped: readonly SkippedTeam[];
}

/** A team of which nothing can be said. */
export interface SkippedTeam {
  readonly team: string;
  readonly reason: string;
  /** Whether the team has credentials all the same, which are not seen here. */
  readonly failed: boolean;
}

/** What a list is made from. */
export interface ListOptions {
  readonly environment: Pick<Environment, "name">;
  /** The teams that have a file. */
  readonly teams: readonly string[];
  readonly runner: Pick<StackRunner, "list" | "resources">;
  /** Unix seconds. */
  readonly now: number;
}

/**
 * How the credentials of an environment's NATS users stand, from the state of its teams' stacks. Nobody else is asked, and nothing
 * is decrypted. Outputs of the stacks would not do: they are those of the last run that finished, and a rotation that waits for a
 * Deployment is one that did not.
 *
 * @throws UserError if the environment is not up. StackFailure if the backend cannot be read.
 */
export async function listCredentials({
  environment,
  teams,
  runner,
  now,
}: ListOptions): Promise<CredentialsReport> {
  const existing = (await runner.list()).map(({ name }) => name);
  const up = `haulway up ${environment.name}`;
  if (!existing.includes(environment.name)) {
    throw new UserError(
      `Environment ${environment.name} is not up: it has no stack ${environment.name}, and nobody has credentials. Bring it up with: ${up}`,
    );
  }
  const users: CredentialStatus[] = [];
  const skipped: SkippedTeam[] = [];
  for (const { name, reference, exists } of knownStacks(
    environment.name,
    { clusters: [], teams },
    existing,
  )) {
    if (reference.kind !== "team") continue;
    const team = reference.name;
    if (!exists) {
      skipped.push({ team, reason: `not deployed yet: ${up} --team ${team}`, failed: false });
      continue;
    }
    const { users: deployed, readable } = deployedUsers(await runner.resources(name));
    if (readable) users.push(...credentialStatuses(team, deployed, now));
    else {
      const reason = `another version of haulway has deployed its users. They can be read after: ${up} --team ${team}`;
      skipped.push({ team, reason, failed: true });
    }
  }
  return { environment: environment.name, users, skipped };
}
