import { messageOf, ProviderError } from "../../provider-error.js";
import { readSecret } from "../../secret-source.js";
import type { OperatorIssuerInputs } from "../issuer.js";
import { type Nkey, type NkeyKind, nkeyFromSeed } from "./nkey.js";
import { readClaims } from "./signed-claims.js";
import { splitCreds } from "./user-creds.js";

/** A user of the system account, who asks the servers and tells them. */
export interface SystemCreds {
  /** The credentials file. Secret. */
  readonly text: string;
  /** Public key of the account that the user belongs to. */
  readonly account: string;
}

/** Where a secret of `inputs` was named, for messages: the setting and the variable. */
export function origin(inputs: OperatorIssuerInputs, setting: SecretSetting): string {
  return `nats.operator.${setting} (${inputs[setting]})`;
}

type SecretSetting = "signingKeyFrom" | "operatorKeyFrom" | "systemCredsFrom";

/**
 * The key that signs users.
 *
 * @throws ProviderError naming the setting when it is not there or is no account's
 */
export function readSigningKey(inputs: OperatorIssuerInputs): Promise<Nkey> {
  return readSeed(inputs, "signingKeyFrom", "A", `a signing key of account ${inputs.account}`);
}

/**
 * The key that signs the account.
 *
 * @throws ProviderError naming the setting when it is not there or is no operator's
 */
export function readOperatorKey(inputs: OperatorIssuerInputs): Promise<Nkey> {
  return readSeed(
    inputs,
    "operatorKeyFrom",
    "O",
    "the operator that the servers trust, or of a signing key of it",
  );
}

/** @throws ProviderError naming the setting when there is no credentials file */
export async function readSystemCreds(inputs: OperatorIssuerInputs): Promise<SystemCreds> {
  const place = origin(inputs, "systemCredsFrom");
  const secret = readSecret(inputs.systemCredsFrom, "nats.operator.systemCredsFrom").replaceAll("\r", "");
  const parts = splitCreds(`${secret}\n`);
  const way = "Give it the creds file of a user of the system account.";
  if (parts === undefined) {
    throw new ProviderError(
      `${place} must hold a creds file, but holds ${await describeSecret(secret)}. ${way}`,
    );
  }
  const [claims, user] = await Promise.all([readClaims(parts.jwt), nkeyFromSeed(parts.seed)]);
  if (claims === undefined || user === undefined || user.publicKey !== claims.sub) {
    throw new ProviderError(
      `${place} holds a creds file whose JWT or seed is damaged, or whose seed belongs to another user. ${way}`,
    );
  }
  const issuerAccount = claims.nats["issuer_account"];
  return {
    text: `${secret.trimEnd()}\n`,
    account: typeof issuerAccount === "string" ? issuerAccount : claims.iss,
  };
}

/**
 * Makes sure that all three secrets are there and are of the right kind.
 *
 * @throws ProviderError with everything that is wrong with them
 */
export async function checkSecrets(inputs: OperatorIssuerInputs): Promise<void> {
  const results = await Promise.allSettled([
    readSigningKey(inputs),
    readOperatorKey(inputs),
    readSystemCreds(inputs),
  ]);
  const problems = results
    .filter((result) => result.status === "rejected")
    .map(({ reason }) => messageOf(reason));
  if (problems.length > 0) throw new ProviderError(problems.join("\n"));
}

async function readSeed(
  inputs: OperatorIssuerInputs,
  setting: "signingKeyFrom" | "operatorKeyFrom",
  kind: NkeyKind,
  whose: string,
): Promise<Nkey> {
  const secret = readSecret(inputs[setting], `nats.operator.${setting}`).trim();
  const key = await nkeyFromSeed(secret);
  if (key?.kind === kind) return key;
  throw new ProviderError(
    `${origin(inputs, setting)} must hold the seed of ${whose} (S${kind}…), but holds ${await describeSecret(secret)}.`,
  );
}

const OWNERS: Readonly<Record<string, string>> = {
  O: "an operator",
  A: "an account",
  U: "a user",
  N: "a server",
  C: "a cluster",
  X: "an encryption key",
};

/** What a secret seems to be, without any part of it that is secret. */
async function describeSecret(secret: string): Promise<string> {
  const kind = /^S([OAUNCX])[A-Z2-7]+$/.exec(secret)?.[1];
  if (kind !== undefined) {
    const sound = "NCX".includes(kind) || (await nkeyFromSeed(secret)) !== undefined;
    return sound
      ? `the seed of ${OWNERS[kind]} (S${kind}…)`
      : "a seed of which a character was lost or changed";
  }
  if (/^[OAUNCX][A-Z2-7]{55}$/.test(secret)) return "a public key, which is no seed";
  if (secret.startsWith("-----BEGIN NATS USER JWT")) return "a creds file, or the beginning of one";
  return secret.startsWith("eyJ") ? "a JWT" : "something else";
}
