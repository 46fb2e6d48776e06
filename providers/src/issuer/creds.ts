import { ProviderError } from "../provider-error.js";

/** A credentials file, and what its JWT says of it. Times are unix seconds. */
export interface Creds {
  /** The file with newlines as NATS clients expect them. Holds the seed. */
  readonly text: string;
  /** nkey of the user, `U…`. */
  readonly publicKey: string;
  readonly issuedAt: number;
  /** 0 when it does not expire. */
  readonly expiresAt: number;
}

/**
 * Reads a credentials file. Newlines are made uniform, because JavaScript clients accept neither CRLF nor a missing
 * newline at the end. The signature is not verified: the control plane that signed it sent it.
 *
 * @throws ProviderError when it is not one; the message holds nothing of it
 */
export function parseCreds(file: string): Creds {
  const text = `${file.replaceAll("\r", "").trimEnd()}\n`;
  const jwt = /-----BEGIN NATS USER JWT-----\s+([\w-]+\.[\w-]+\.[\w-]+)\s+-{5,6}END NATS USER JWT-----/.exec(
    text,
  )?.[1];
  const seed = /-----BEGIN USER NKEY SEED-----\s+(SU[A-Z2-7]{56})\s+-{5,6}END USER NKEY SEED-----/.exec(
    text,
  )?.[1];
  if (jwt === undefined) throw unreadable("no JWT");
  if (seed === undefined) throw unreadable("no nkey seed of a user");
  const claims = payload(jwt);
  const { sub, iat, exp } = claims;
  if (typeof sub !== "string" || !/^U[A-Z2-7]{55}$/.test(sub))
    throw unreadable("a JWT that names no user's nkey");
  if (typeof iat !== "number") throw unreadable("a JWT without a time of issue");
  return { text, publicKey: sub, issuedAt: iat, expiresAt: typeof exp === "number" ? exp : 0 };
}

function payload(jwt: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString("utf8")) as Record<
      string,
      unknown
    >;
  } catch {
    throw unreadable("a JWT that cannot be decoded");
  }
}

function unreadable(problem: string): ProviderError {
  return new ProviderError(
    `The control plane answered with something that is no credentials file: ${problem}.`,
  );
}
