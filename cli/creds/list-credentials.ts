import type { Environment } from "../../model/environment.ts";
import { UserError } from "../../model/user-error.ts";
import { STACK_OUTPUTS } from "../../stacks/contracts.ts";
import { knownStacks } from "../plan/known-stacks.ts";
import type { StackRunner } from "../run/stack-runner.ts";
import { type CredentialStatus, credentialStatuses } from "./credential-status.ts";

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
  readonly runner: Pick<StackRunner, "list" | "plainOutputs">;
  /** Unix seconds. */
  readonly now: number;
}

const outputs = STACK_OUTPUTS.team.pick({ natsUsers: true, retiredCredentials: true });

/**
 * How the credentials of an environment's NATS users stand, from what the stacks of its teams told last. Nobody else is asked.
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
    const parsed = outputs.safeParse(await runner.plainOutputs(name));
    if (parsed.success) users.push(...credentialStatuses(team, parsed.data, now));
    else {
      const reason =
        "its stack says nothing of credentials that this version of haulway understands: no run has finished yet, or one of another " +
        `version did. It does after: ${up} --team ${team}`;
      skipped.push({ team, reason, failed: true });
    }
  }
  return { environment: environment.name, users, skipped };
}
