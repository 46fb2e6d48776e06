import { natsUserReference } from "../../model/naming.ts";
import { nearestWord } from "../../model/nearest-word.ts";
import type { Team } from "../../model/team.ts";
import { UsageError } from "../usage-error.ts";

/** A NATS user that a team's file declares. */
export interface DeclaredUser {
  /** What people call it: `claims/intake/publisher`. */
  readonly user: string;
  readonly team: string;
  readonly system: string;
  readonly workload: string;
  /** Name within the workload. */
  readonly name: string;
}

/** Every NATS user of the teams, by team and name. */
export function declaredUsers(teams: readonly Team[]): readonly DeclaredUser[] {
  return teams.flatMap((team) =>
    team.systems.flatMap((system) =>
      system.workloads.flatMap((workload) =>
        workload.nats.users.map(({ name }) => ({
          user: natsUserReference(system.name, workload.name, name),
          team: team.name,
          system: system.name,
          workload: workload.name,
          name,
        })),
      ),
    ),
  );
}

/**
 * The declared user of a name.
 *
 * @throws UsageError with the names that there are, and the one that was probably meant.
 */
export function findDeclaredUser(user: string, teams: readonly Team[]): DeclaredUser {
  const users = declaredUsers(teams);
  const found = users.find((candidate) => candidate.user === user);
  if (found !== undefined) return found;
  const names = users.map((candidate) => candidate.user);
  const nearest = nearestWord(user, names);
  const hint = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
  throw new UsageError(
    names.length === 0
      ? `${user}: no team declares a NATS user`
      : `${user}: no team declares a NATS user of this name${hint}; there are:\n${names.map((name) => `  ${name}`).join("\n")}`,
  );
}
