import { natsUserReference } from "../naming.ts";
import { nearestWord } from "../nearest-word.ts";
import { isInbox } from "../schema/nats-subject.ts";
import type { FieldPath } from "../source/path.ts";
import type { Problem } from "../user-error.ts";
import { type DeclaredWorkload, declaredWorkloads } from "./declared-workloads.ts";
import {
  type EnvironmentFile,
  forEachRepeated,
  formatPlace,
  type InputFile,
  problemOf,
  type TeamFile,
  validItems,
} from "./input-file.ts";

type SalvagedUser = NonNullable<
  NonNullable<NonNullable<DeclaredWorkload["workload"]["nats"]>["users"]>[number]
>;

/** A NATS user, as far as it is valid, and where it stands. */
interface DeclaredUser {
  readonly file: TeamFile;
  readonly path: FieldPath;
  readonly user: SalvagedUser;
  /** What people call it; undefined if a name that it is made of is not valid. */
  readonly reference: string | undefined;
}

/** What is wrong with the NATS users of each team, whatever the environment. */
export function checkNatsUsers(teams: readonly TeamFile[]): readonly Problem[] {
  return declaredWorkloads(teams).flatMap((workload) => {
    const users = usersOf(workload);
    return [...checkNames(users), ...users.flatMap((user) => [...checkSubjects(user)])];
  });
}

/**
 * What is wrong with NATS users in the light of an environment: with what it grants them, and with the users it names.
 *
 * @param everyTeam whether `teams` are all there are: otherwise a user that is not among them may exist
 */
export function checkNatsGrants(
  environment: EnvironmentFile,
  teams: readonly TeamFile[],
  everyTeam: boolean,
): readonly Problem[] {
  const users = declaredWorkloads(teams).flatMap(usersOf);
  const references = users.flatMap(({ reference }) => reference ?? []);
  const allKnown = everyTeam && !hasHoles(teams) && references.length === users.length;
  return [
    ...checkAllowAll(environment, users),
    ...(allKnown ? checkNamedUsers(environment, references) : []),
  ];
}

function usersOf({ file, path, system, workload }: DeclaredWorkload): readonly DeclaredUser[] {
  return [...validItems(workload.nats?.users)].map(([index, user]) => ({
    file,
    path: [...path, "nats", "users", index],
    user,
    reference:
      system.name === undefined || workload.name === undefined || user.name === undefined
        ? undefined
        : natsUserReference(system.name, workload.name, user.name),
  }));
}

/** Whether a list in a file has a place without a valid item, or a list is missing: a user may be hidden there. */
function hasHoles(teams: readonly TeamFile[]): boolean {
  return teams.some(({ content }) =>
    missesItems(content?.spec?.systems, (system) =>
      missesItems(system.workloads, (workload) => missesItems(workload.nats?.users, () => false)),
    ),
  );
}

function missesItems<Item>(
  items: readonly (Item | undefined)[] | undefined,
  within: (item: Item) => boolean,
): boolean {
  return items === undefined || items.some((item) => item === undefined || within(item));
}

function checkNames(users: readonly DeclaredUser[]): readonly Problem[] {
  const problems: Problem[] = [];
  const named = users.flatMap(({ file, path, user }) =>
    user.name === undefined ? [] : [{ file, path: [...path, "name"], name: user.name }],
  );
  forEachRepeated(named, (repeated, first) => {
    const problem = `"${repeated.name}" is also the name of the NATS user at ${formatPlace(first)}`;
    problems.push(problemOf(repeated, problem, "another name: each NATS user of a workload has its own"));
  });
  return problems;
}

/** Who may read an inbox that is not its own reads answers to others; who may write there answers in the name of others. */
const OWN_INBOX = {
  publish: "respond: true, with which the user may answer requests that it receives",
  subscribe:
    "no inbox at all: the user may subscribe to its own, whose prefix is in NATS_INBOX_PREFIX, for the NATS client to use",
} as const;

function* checkSubjects({ file, path, user }: DeclaredUser): Generator<Problem> {
  const prefix = `${file.content?.metadata?.name ?? file.name}.`;
  for (const direction of ["publish", "subscribe"] as const) {
    for (const [index, subject] of validItems(user[direction])) {
      const place = { file, path: [...path, direction, index] };
      if (isInbox(subject)) {
        const problem = `"${subject}" names inboxes of other users`;
        yield problemOf(place, problem, OWN_INBOX[direction]);
      } else if (!subject.startsWith(prefix) && user.allowAll === false) {
        const problem = `"${subject}" is outside of the team's subjects`;
        const expected = `a subject that begins with ${prefix}, or allowAll: true, which each environment must grant`;
        yield problemOf(place, problem, expected);
      }
    }
  }
}

function* checkAllowAll(environment: EnvironmentFile, users: readonly DeclaredUser[]): Generator<Problem> {
  const granted = environment.content?.spec?.nats?.allowAll;
  if (granted === undefined || granted.includes(undefined)) return;
  for (const { file, path, user, reference } of users) {
    if (user.allowAll !== true || reference === undefined || granted.includes(reference)) continue;
    const problem = `environment ${environment.name} does not grant it to ${reference}`;
    const expected = `${reference} in spec.nats.allowAll of ${environment.document.file}, or no allowAll`;
    yield problemOf({ file, path: [...path, "allowAll"] }, problem, expected);
  }
}

function checkNamedUsers(environment: EnvironmentFile, references: readonly string[]): readonly Problem[] {
  const nats = environment.content?.spec?.nats;
  const rotations = [...validItems(nats?.rotations)].flatMap(([index, { user }]) =>
    user === undefined ? [] : [named(environment, ["rotations", index, "user"], user)],
  );
  const granted = [...validItems(nats?.allowAll)].map(([index, user]) =>
    named(environment, ["allowAll", index], user),
  );
  const problems = [...granted, ...rotations].flatMap((place) => {
    if (references.includes(place.name)) return [];
    const nearest = nearestWord(place.name, references);
    const hint = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
    const problem = `no team has a NATS user "${place.name}"${hint}`;
    return [problemOf(place, problem, "a NATS user as <system>/<workload>/<user>, or no entry for it")];
  });
  forEachRepeated(rotations, (repeated, first) => {
    const problem = `"${repeated.name}" has an entry at ${formatPlace(first)} already`;
    problems.push(problemOf(repeated, problem, "one entry for each user, with the epoch that counts"));
  });
  return problems;
}

function named(file: InputFile<unknown>, path: FieldPath, name: string) {
  return { file, path: ["spec", "nats", ...path], name };
}
