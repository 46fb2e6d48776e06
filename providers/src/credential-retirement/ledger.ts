import { isDeepStrictEqual } from "node:util";
import {
  generationId,
  type IssuerInputs,
  type Revocation,
  type SupersededGeneration,
} from "../issuer/issuer.js";
import type {
  ConsumedUser,
  CredentialRetirementInputs,
  CredentialRetirementOutputs,
  CredentialUser,
} from "./properties.js";

/**
 * How long a generation may stay of which only this resource's state knows, because the user's own list begins anew (the
 * user was replaced): the default overlap of a rotation, in seconds.
 */
const FORGOTTEN_OVERLAP = 24 * 60 * 60;

/** A user's earlier generations: those that are revoked, and those that may still work. Both oldest first. */
export interface LedgerEntry {
  readonly user: ConsumedUser;
  readonly retired: readonly SupersededGeneration[];
  readonly outstanding: readonly SupersededGeneration[];
}

/**
 * What is left to do for every user, from the declaration and from what earlier runs have done. A generation that an
 * earlier run knew of and did not retire stays on the list, even if the declaration has forgotten it.
 */
export function openLedger(
  olds: CredentialRetirementOutputs | undefined,
  news: Pick<CredentialRetirementInputs, "issuer" | "users">,
): LedgerEntry[] {
  // Another account knows nothing of what was issued in this one.
  const memory = olds !== undefined && sameAccount(olds.issuer, news.issuer) ? olds : undefined;
  return news.users.map((user) => {
    const before = memory?.users.find((known) => known.user === user.user && known.name === user.name);
    const done = before === undefined ? [] : retiredOf(before, memory?.retired[user.user]);
    const forgotten = before === undefined ? [] : forgottenBy(user, before, done);
    const generations = oldestFirst([...user.superseded, ...forgotten]).filter(
      (generation) => generationId(generation) !== generationId(user),
    );
    const isDone = (generation: SupersededGeneration) => done.includes(generationId(generation));
    return {
      user,
      retired: generations.filter(isDone),
      outstanding: generations.filter((generation) => !isDone(generation)),
    };
  });
}

/** What the state keeps of a ledger. */
export function closeLedger(
  issuer: IssuerInputs,
  entries: readonly LedgerEntry[],
): CredentialRetirementOutputs {
  return {
    issuer,
    users: entries.map(({ user: { user, name, publicKey, issuedAt }, retired, outstanding }) => ({
      user,
      name,
      publicKey,
      issuedAt,
      superseded: [...retired, ...outstanding],
    })),
    retired: Object.fromEntries(
      entries.map(({ user, outstanding }) => [user.user, generationId(outstanding[0] ?? user)]),
    ),
  };
}

/**
 * Whether there is anything to do: a user has come, gone or got another generation, or one that was superseded is not
 * retired. Clusters, consumers, the time to wait and the number of parallel calls do not count.
 */
export function hasChanged(
  olds: CredentialRetirementOutputs,
  news: Pick<CredentialRetirementInputs, "issuer" | "users">,
): boolean {
  return (
    !sameIssuer(olds.issuer, news.issuer) ||
    !isDeepStrictEqual(olds.users.map(identity).sort(), news.users.map(identity).sort()) ||
    openLedger(olds, news).some(({ outstanding }) => outstanding.length > 0)
  );
}

/**
 * When a generation is revoked at the latest, in unix seconds: when its overlap ends, or that of a younger one of the same
 * nkey, since a revocation takes everything of an nkey that is older.
 */
export function deadlineOf(generation: SupersededGeneration, { outstanding }: LedgerEntry): number {
  return Math.min(
    ...outstanding
      .filter(
        ({ publicKey, issuedAt }) => publicKey === generation.publicKey && issuedAt >= generation.issuedAt,
      )
      .map(({ retireAt }) => retireAt),
  );
}

/** When the last of a user's outstanding generations is revoked at the latest, in unix seconds. */
export function lastDeadlineOf(entry: LedgerEntry): number {
  return Math.max(...entry.outstanding.map((generation) => deadlineOf(generation, entry)));
}

/** What happens to a user's earlier generations now. */
export interface Settlement {
  /** The generations that go. */
  readonly due: readonly SupersededGeneration[];
  /** What has to be revoked for that; never the present generation. */
  readonly revocations: readonly Revocation[];
  /** The entry when it is done. */
  readonly after: LedgerEntry;
}

/**
 * Decides which generations go: all outstanding ones if all consumers work with the present one, else those that have
 * reached their deadline.
 *
 * @param now unix seconds
 */
export function settle(entry: LedgerEntry, rolled: boolean, now: number): Settlement {
  const { user, outstanding } = entry;
  const due = outstanding.filter((generation) => rolled || deadlineOf(generation, entry) <= now);
  const staying = outstanding.filter((generation) => !due.includes(generation));
  const keys = [...new Set(due.map(({ publicKey }) => publicKey))];
  const first = staying[0];
  return {
    due,
    revocations: keys.map((publicKey) => ({
      publicKey,
      before: lastSecondOf(publicKey, due, [...staying, user], user.issuedAt),
    })),
    after: {
      user,
      // Out of turn, a generation counts as outstanding until all older ones are revoked too; revoking it again is harmless.
      retired: [
        ...entry.retired,
        ...outstanding.slice(0, first === undefined ? undefined : outstanding.indexOf(first)),
      ],
      outstanding: first === undefined ? [] : outstanding.slice(outstanding.indexOf(first)),
    },
  };
}

/** The second up to which an nkey is revoked: right before what stays valid of it, else whatever was issued for it. */
function lastSecondOf(
  publicKey: string,
  due: readonly SupersededGeneration[],
  staying: readonly Pick<CredentialUser, "publicKey" | "issuedAt">[],
  presentIssuedAt: number,
): number {
  const ofKey = (generations: readonly Pick<CredentialUser, "publicKey" | "issuedAt">[]) =>
    generations.filter((generation) => generation.publicKey === publicKey).map(({ issuedAt }) => issuedAt);
  const kept = ofKey(staying);
  // Whoever issued the earlier nkey's credentials may have had a clock that was ahead.
  return kept.length > 0 ? Math.min(...kept) - 1 : Math.max(presentIssuedAt, ...ofKey(due));
}

function identity({ user, name, publicKey, issuedAt }: CredentialUser): string {
  return [user, name, publicKey, issuedAt].join(" ");
}

/** Ids of the generations that the state says are revoked: those before the one that it names. */
function retiredOf({ publicKey, issuedAt, superseded }: CredentialUser, upTo: string | undefined): string[] {
  const ids = [...superseded, { publicKey, issuedAt }].map(generationId);
  return ids.slice(0, Math.max(ids.indexOf(upTo ?? ""), 0));
}

/** Generations that the state knows, that are not retired, and that the declaration does not mention. */
function forgottenBy(
  user: CredentialUser,
  before: CredentialUser,
  done: readonly string[],
): SupersededGeneration[] {
  const present = { publicKey: before.publicKey, issuedAt: before.issuedAt };
  const known = [
    ...before.superseded,
    { ...present, retireAt: user.issuedAt + FORGOTTEN_OVERLAP, reason: "replaced" },
  ];
  const mentioned = [...user.superseded, user].map(generationId);
  return known.filter((generation) => {
    const { publicKey, issuedAt } = generation;
    const id = generationId(generation);
    const isCovered = user.superseded.some((other) => other.publicKey === publicKey && other.issuedAt === 0);
    const isYounger = publicKey === user.publicKey && issuedAt >= user.issuedAt;
    return !done.includes(id) && !mentioned.includes(id) && !isCovered && !isYounger;
  });
}

/** Without repetition; the shorter overlap counts. */
function oldestFirst(generations: readonly SupersededGeneration[]): SupersededGeneration[] {
  const byId = new Map<string, SupersededGeneration>();
  for (const generation of generations) {
    const known = byId.get(generationId(generation));
    if (known === undefined || generation.retireAt < known.retireAt)
      byId.set(generationId(generation), generation);
  }
  return [...byId.values()].sort((a, b) => a.issuedAt - b.issuedAt);
}

function sameAccount(a: IssuerInputs, b: IssuerInputs): boolean {
  return accountOf(a) === accountOf(b);
}

function accountOf(issuer: IssuerInputs): string {
  return issuer.kind === "synadia" ? issuer.accountId : issuer.account;
}

function sameIssuer(a: IssuerInputs, b: IssuerInputs): boolean {
  return isDeepStrictEqual({ ...a, parallelCalls: 0 }, { ...b, parallelCalls: 0 });
}
