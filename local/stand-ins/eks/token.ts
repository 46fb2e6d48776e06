import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfPresent } from "../../atomic-file.ts";
import { createFile } from "../exclusive-file.ts";

/** What a token says: its holder has the credentials of `roleArn` and wants into `cluster`. */
export interface TokenClaims {
  /** Name of the EKS cluster. */
  readonly cluster: string;
  readonly roleArn: string;
  /** Unix seconds. */
  readonly expires: number;
}

/** Every token begins with this, as those of EKS begin with `k8s-aws-v1.`. */
export const TOKEN_PREFIX = "k8s-haulway-local.";

const KEY_BYTES = 32;

/** A token for `claims`: readable by everyone, made only by the holder of `key`. */
export function createToken(claims: TokenClaims, key: Uint8Array): string {
  const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
  return `${TOKEN_PREFIX}${payload}.${signature(payload, key).toString("base64url")}`;
}

/**
 * What `token` says, if it was made with `key`, is for `cluster`, and has not expired.
 * @param now unix seconds
 * @throws Error with the reason otherwise.
 */
export function verifyToken(token: string, cluster: string, key: Uint8Array, now: number): TokenClaims {
  const [payload, mac, ...rest] = token.slice(TOKEN_PREFIX.length).split(".");
  if (!token.startsWith(TOKEN_PREFIX) || payload === undefined || mac === undefined || rest.length > 0) {
    throw new Error("not a token of the local EKS");
  }
  const expected = signature(payload, key);
  const given = Buffer.from(mac, "base64url");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new Error("the token's signature is wrong");
  }
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as TokenClaims;
  if (claims.cluster !== cluster) {
    throw new Error(`the token is for cluster "${claims.cluster}", not for "${cluster}"`);
  }
  if (claims.expires <= now) {
    throw new Error("the token has expired");
  }
  return claims;
}

/** The key of all tokens, in `directory` (`.local/eks`), mode 0600; made at the first use. */
export async function ensureTokenKey(directory: string): Promise<Uint8Array> {
  const path = join(directory, "token.key");
  const existing = await readFileIfPresent(path);
  if (existing !== undefined) {
    return Buffer.from(existing, "base64");
  }
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await createFile(path, randomBytes(KEY_BYTES).toString("base64"));
  return Buffer.from(await readFile(path, "utf8"), "base64");
}

function signature(payload: string, key: Uint8Array): Buffer {
  return createHmac("sha256", key).update(payload).digest();
}
