import { type Creds, parseCreds } from "../creds.js";
import type { UserDeclaration } from "../issuer.js";
import { natsPermissions } from "../permissions.js";
import type { Nkey } from "./nkey.js";
import { type Claims, signClaims } from "./signed-claims.js";

/** Limits of a user that has none. */
const UNLIMITED = { subs: -1, data: -1, payload: -1 } as const;

/**
 * What the JWT of a user says.
 *
 * @param account public key of the account, named when another key than its own signs
 * @param issuedAt unix seconds
 */
export function userClaims(
  declaration: UserDeclaration,
  user: string,
  account: string,
  signer: string,
  issuedAt: number,
): Omit<Claims, "iss"> {
  return {
    sub: user,
    name: declaration.name,
    iat: issuedAt,
    ...(declaration.expires === 0 ? {} : { exp: declaration.expires }),
    nats: {
      ...natsPermissions(declaration),
      ...UNLIMITED,
      ...(signer === account ? {} : { issuer_account: account }),
      type: "user",
      version: 2,
    },
  };
}

/** Signs the claims of `user` and writes its credentials file. */
export function signCreds(claims: Omit<Claims, "iss">, user: Nkey, signer: Nkey): Creds {
  return parseCreds(formatCreds(signClaims(claims, signer), user.seed));
}

/** The JWT and the seed of a credentials file, or `undefined` when it does not hold both. */
export function splitCreds(file: string): { jwt: string; seed: string } | undefined {
  const jwt = /^-{3,}BEGIN NATS USER JWT-{3,}\s+(\S+)\s/m.exec(file)?.[1];
  const seed = /^-{3,}BEGIN USER NKEY SEED-{3,}\s+(\S+)\s/m.exec(file)?.[1];
  return jwt === undefined || seed === undefined ? undefined : { jwt, seed };
}

/** The file as nsc writes it. */
function formatCreds(jwt: string, seed: string): string {
  return `-----BEGIN NATS USER JWT-----
${jwt}
------END NATS USER JWT------

************************* IMPORTANT *************************
NKEY Seed printed below can be used to sign and prove identity.
NKEYs are sensitive and should be treated as secrets.

-----BEGIN USER NKEY SEED-----
${seed}
------END USER NKEY SEED------

*************************************************************
`;
}
