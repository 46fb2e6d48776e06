import { type Creds, generationId, type Revocation, type SupersededGeneration } from "../issuer/issuer.js";
import type { NatsUserOutputs } from "./properties.js";

/** In a revocation: everything issued so far. */
const UNTIL_NOW = 0;

/** Key of the present creds file. */
export const PRESENT_KEY = "nats.creds";

/** Key of one generation's creds file. */
export function credsKey(generation: Pick<NatsUserOutputs, "publicKey" | "issuedAt">): string {
  return `${generationId(generation)}.creds`;
}

/** The generations of a user, as the state keeps them. */
export type Generations = Pick<
  NatsUserOutputs,
  "publicKey" | "issuedAt" | "expiresAt" | "reason" | "epoch" | "superseded" | "creds"
>;

/** New credentials, and what they are made for. */
export interface Succession {
  readonly creds: Creds;
  readonly reason: string;
  readonly epoch: string;
  /** Seconds that the generation before goes on working at most. */
  readonly overlap: number;
}

/** The generations after new credentials were issued: the present one is superseded, and nothing is forgotten. */
export function succeed(before: Generations, { creds, reason, epoch, overlap }: Succession): Generations {
  const { publicKey, issuedAt, expiresAt } = creds;
  const superseded: SupersededGeneration[] =
    before.issuedAt === 0
      ? [...before.superseded]
      : [
          ...before.superseded,
          {
            publicKey: before.publicKey,
            issuedAt: before.issuedAt,
            retireAt: issuedAt + overlap,
            reason: before.reason,
          },
        ];
  const kept = superseded.map(credsKey).flatMap((key) => {
    const text = before.creds[key];
    return text === undefined ? [] : [[key, text] as const];
  });
  return {
    publicKey,
    issuedAt,
    expiresAt,
    reason,
    epoch,
    superseded,
    creds: { ...Object.fromEntries(kept), [credsKey(creds)]: creds.text, [PRESENT_KEY]: creds.text },
  };
}

/**
 * Adds that credentials of these nkeys may exist which nobody has in hand: they were issued in a run that did not finish,
 * or outside. They end like any other superseded generation.
 */
export function withUnknown<T extends Pick<Generations, "superseded">>(
  before: T,
  keys: readonly string[],
  entry: Pick<SupersededGeneration, "retireAt" | "reason">,
): T {
  const isKnown = (key: string) =>
    before.superseded.some(({ publicKey, issuedAt }) => publicKey === key && issuedAt === 0);
  const added = [...new Set(keys)].filter((key) => !isKnown(key));
  return {
    ...before,
    superseded: [...before.superseded, ...added.map((publicKey) => ({ publicKey, issuedAt: 0, ...entry }))],
  };
}

/** What must end before the next generation is made, and what is left of the superseded ones then. */
export interface Ending {
  readonly revocations: readonly Revocation[];
  readonly remaining: readonly SupersededGeneration[];
}

/**
 * Ends the superseded generations whose time is up, so that the list of them does not grow with every rotation. They are
 * revoked by then as a rule; this makes sure of it before they are forgotten.
 *
 * @param now unix seconds
 */
export function endOverdue({ publicKey, issuedAt, superseded }: Generations, now: number): Ending {
  const overdue = superseded.filter(({ retireAt }) => retireAt <= now);
  const remaining = superseded.filter(({ retireAt }) => retireAt > now);
  const keys = [...new Set(overdue.map((generation) => generation.publicKey))];
  const staying = issuedAt === 0 ? remaining : [...remaining, { publicKey, issuedAt }];
  const revocations = keys.map((key) => {
    const ended = overdue.filter((generation) => generation.publicKey === key);
    const last = Math.max(...ended.map((generation) => generation.issuedAt));
    const kept = staying
      .filter((generation) => generation.publicKey === key && generation.issuedAt > last)
      .map((generation) => generation.issuedAt);
    return { publicKey: key, before: kept.length === 0 ? UNTIL_NOW : Math.min(...kept) - 1 };
  });
  return { revocations, remaining };
}
