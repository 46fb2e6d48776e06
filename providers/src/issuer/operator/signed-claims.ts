import { createHash } from "node:crypto";
import { isRecord, parseRecord } from "./json.js";
import { isSignedBy, type Nkey } from "./nkey.js";

/** What a JWT of NATS says. Times are unix seconds. Fields that are not named here are kept as they are. */
export interface Claims {
  /** Public key of who signed it. */
  readonly iss: string;
  /** Public key of whom it is about. */
  readonly sub: string;
  readonly iat: number;
  /** Absent or 0: it does not expire. */
  readonly exp?: number;
  readonly name?: string;
  /** What is particular to operators, accounts and users. */
  readonly nats: Readonly<Record<string, unknown>>;
}

const HEADER = { typ: "JWT", alg: "ed25519-nkey" } as const;

/**
 * Signs claims with `key`, which becomes their issuer. The library for JWTs is not used: it writes text as Latin-1, which
 * spoils subjects and names beyond it, and it chooses the time of issue itself.
 */
export function signClaims(claims: Omit<Claims, "iss">, key: Nkey): string {
  const unnamed = { ...claims, iss: key.publicKey, jti: undefined };
  const jti = createHash("sha512-256").update(JSON.stringify(unnamed)).digest("base64url");
  const signed = `${encode(HEADER)}.${encode({ ...unnamed, jti })}`;
  return `${signed}.${Buffer.from(key.sign(Buffer.from(signed))).toString("base64url")}`;
}

/**
 * Reads claims and makes sure that their issuer signed them.
 *
 * @returns `undefined` when it is no JWT of NATS in its present version, or the signature is not the issuer's
 */
export async function readClaims(jwt: string): Promise<Claims | undefined> {
  const [header = "", body = "", signature = "", ...rest] = jwt.trim().split(".");
  if (rest.length > 0) return undefined;
  const claims = parseRecord(Buffer.from(body, "base64url").toString("utf8"));
  if (claims === undefined || !isRecord(claims["nats"])) return undefined;
  const { iss, sub, iat, nats } = claims;
  if (typeof iss !== "string" || typeof sub !== "string" || typeof iat !== "number") return undefined;
  // Version 1 signs and means something else. Servers take it over, but what is made from it would not be the same.
  if (nats["version"] !== 2) return undefined;
  const signed = await isSignedBy(iss, Buffer.from(`${header}.${body}`), Buffer.from(signature, "base64url"));
  return signed ? (claims as unknown as Claims) : undefined;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
