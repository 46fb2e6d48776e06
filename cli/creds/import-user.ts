import type { AccountUser, AdoptionOffice } from "@haulway/providers/issuer/synadia/adoption";
import { nearestWord } from "../../model/nearest-word.ts";
import { UsageError } from "../usage-error.ts";

/** Which user of the account: by its id, or by its name. */
export type ImportSource = { readonly id: string } | { readonly name: string };

/** What is imported as what. */
export interface ImportRequest {
  readonly office: Pick<AdoptionOffice, "users" | "mark">;
  readonly environment: string;
  /** What people call the declared user: `claims/intake/publisher`. */
  readonly user: string;
  /** What the declared user is called in the account: `dev.claims.intake.publisher`. */
  readonly name: string;
  readonly source: ImportSource;
}

/** A user that is marked for the next run to adopt. */
export interface MarkedUser {
  readonly id: string;
  /** Name in the account; the next run changes it. */
  readonly name: string;
  /** Whether it was marked before this call. */
  readonly already: boolean;
}

const namesShown = 20;

/**
 * Marks a user of the account as the declared one, so that the next run adopts it instead of making another.
 *
 * @throws UsageError if there is no such user, or several, or it cannot become the declared one. ProviderError if the control
 *   plane refuses.
 */
export async function importUser(request: ImportRequest): Promise<MarkedUser> {
  const { office, environment, name, source } = request;
  const users = await office.users();
  const found = findSource(source, users);
  const identity = `${environment}:${name}`;
  const same = (other: string) => other.toLowerCase() === identity.toLowerCase();
  refuseForeign(
    request,
    found,
    users.find((other) => other.identities.some(same)),
    found.identities.filter((other) => !same(other)),
  );
  if (!(await office.mark(found.id, environment, name))) {
    throw new UsageError(`${describe(found)} has just been deleted from the account.`);
  }
  return { id: found.id, name: found.name, already: found.identities.some(same) };
}

function refuseForeign(
  { environment, user, name }: ImportRequest,
  found: AccountUser,
  holder: AccountUser | undefined,
  others: readonly string[],
): void {
  const [other] = others;
  if (other !== undefined) {
    throw new UsageError(
      `${describe(found)} is Haulway's already: it is the user ${other}, as <environment>:<name in the account>. ` +
        "A user belongs to one declaration only; remove that one first, which deletes the user, or import another user.",
    );
  }
  if (holder !== undefined && holder.id !== found.id) {
    throw new UsageError(
      `The account has a user already that is marked as ${user} of environment ${environment}: ${describe(holder)}. ` +
        `haulway up ${environment} adopts that one. To import another, remove the tag haulway:${environment}:${name} from it, or delete it, in the console.`,
    );
  }
  if (!found.inGroup) {
    throw new UsageError(
      `${describe(found)} is not in the signing-key group that nats.synadia.signingKeyGroup names, and a user cannot be moved to another ` +
        `group. Let haulway up ${environment} make a new user instead, and delete this one when nothing uses it any more.`,
    );
  }
}

function findSource(source: ImportSource, users: readonly AccountUser[]): AccountUser {
  const matches = users.filter((user) =>
    "id" in source ? user.id === source.id : user.name === source.name,
  );
  const [found] = matches;
  if (found === undefined) throw notFound(source, users);
  if (matches.length === 1) return found;
  const ids = matches.map(({ id }) => `  --id ${id}`).join("\n");
  throw new UsageError(
    `The account has ${matches.length} users of the name ${found.name}. Say which:\n${ids}`,
  );
}

function notFound(source: ImportSource, users: readonly AccountUser[]): UsageError {
  const names = [...new Set(users.map(({ name }) => name))];
  if (names.length === 0)
    return new UsageError("The account has no user at all: there is nothing to import.");
  const nearest = "name" in source ? nearestWord(source.name, names) : undefined;
  const hint = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
  const wanted = "id" in source ? `--id ${source.id}` : `--name ${source.name}`;
  const rest = users.length > namesShown ? [`  and ${users.length - namesShown} more`] : [];
  const lines = users.slice(0, namesShown).map(({ id, name }) => `  ${name} (${id})`);
  return new UsageError(
    [`${wanted}: the account has no such user${hint}; it has:`, ...lines, ...rest].join("\n"),
  );
}

function describe({ name, id }: AccountUser): string {
  return `The user ${name} (${id})`;
}
