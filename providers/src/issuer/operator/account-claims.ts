import { isRecord } from "./json.js";
import type { Claims } from "./signed-claims.js";

/** Seconds by nkey, or by `*` for everybody: credentials issued up to and including that second are revoked. */
export type Revocations = Readonly<Record<string, number>>;

/** The entry of an account's revocations that is meant for all its users. */
const EVERYBODY = "*";

/** Why a key cannot sign users with rights of their own. */
export type SignerProblem = "identity" | "scoped" | "foreign";

/**
 * What keeps servers from accepting users with rights of their own that `key` signs; `undefined` when nothing does.
 *
 * @param strict whether the operator demands that signing keys are used, also those of accounts
 */
export function signerProblem(account: Claims, key: string, strict: boolean): SignerProblem | undefined {
  if (key === account.sub) return strict ? "identity" : undefined;
  const keys = account.nats["signing_keys"];
  const entries: unknown[] = Array.isArray(keys) ? keys : [];
  if (entries.includes(key)) return undefined;
  return entries.some((entry) => isRecord(entry) && entry["key"] === key) ? "scoped" : "foreign";
}

/** Public keys that may sign users with rights of their own, that of the account left out. */
export function unscopedSigningKeys(account: Claims): string[] {
  const keys = account.nats["signing_keys"];
  return Array.isArray(keys) ? keys.filter((key): key is string => typeof key === "string") : [];
}

/** The revocations of the account. */
export function revocationsOf(account: Claims): Revocations {
  const revocations = account.nats["revocations"];
  if (!isRecord(revocations)) return {};
  return Object.fromEntries(
    Object.entries(revocations).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
}

/** Until when credentials of `key` are revoked, in unix seconds; 0: they are not. */
export function revokedUntil(account: Claims, key: string): number {
  const revocations = revocationsOf(account);
  return Math.max(revocations[key] ?? 0, revocations[EVERYBODY] ?? 0);
}

/** Until when credentials of every user are revoked, in unix seconds; 0: they are not. */
export function everybodyRevokedUntil(account: Claims): number {
  return revocationsOf(account)[EVERYBODY] ?? 0;
}

/** All of the revocations; where several name one key, the one that revokes most. */
export function mergeRevocations(all: readonly Revocations[]): Revocations {
  const merged: Record<string, number> = {};
  for (const revocations of all) {
    for (const [key, before] of Object.entries(revocations)) merged[key] = Math.max(merged[key] ?? 0, before);
  }
  return merged;
}

/** Those of the wanted revocations that the account does not have, or not as far. */
export function missingRevocations(account: Claims, wanted: Revocations): Revocations {
  return Object.fromEntries(
    Object.entries(wanted).filter(([key, before]) => (revocationsOf(account)[key] ?? 0) < before),
  );
}

/**
 * The account, of which servers may know different versions: the one that was signed last, with the revocations of all.
 *
 * @returns `undefined` when no server knows it
 */
export function combined(versions: readonly Claims[]): Claims | undefined {
  const newest = versions.toSorted((a, b) => b.iat - a.iat)[0];
  if (newest === undefined) return undefined;
  const revocations = mergeRevocations(versions.map(revocationsOf));
  return Object.keys(revocations).length === 0
    ? newest
    : { ...newest, nats: { ...newest.nats, revocations } };
}

/**
 * The next version of an account: everything as it is, with the revocations added. It is younger than `account`, so that
 * servers that compare what they have keep this one.
 *
 * @param now unix seconds
 */
export function withRevocations(account: Claims, revocations: Revocations, now: number): Omit<Claims, "iss"> {
  return {
    ...account,
    iat: Math.max(now, account.iat + 1),
    nats: { ...account.nats, revocations: mergeRevocations([revocationsOf(account), revocations]) },
  };
}

/**
 * Where the claims hold a number that JavaScript cannot keep exactly: signing them again would change it.
 *
 * @returns the path of the first one, such as `nats.limits.disk_storage`
 */
export function inexactNumber(value: unknown, path = ""): string | undefined {
  if (typeof value === "number") {
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? path : undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, part] of Object.entries(value)) {
    const found = inexactNumber(part, path === "" ? name : `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
