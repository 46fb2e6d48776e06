import { encodeUser, fmtCreds } from "@nats-io/jwt";
import { createAccount, createUser } from "@nats-io/nkeys";

/** One generation of a user's credentials, made as an issuer makes them. */
export interface TestCreds {
  readonly publicKey: string;
  readonly issuedAt: number;
  /** The creds file. */
  readonly text: string;
  /** What must be nowhere in plain text: the seed, the JWT, and the file as Kubernetes encodes it. */
  readonly canaries: readonly string[];
}

/** Credentials of a new nkey. */
export async function makeCreds(issuedAt: number): Promise<TestCreds> {
  const user = createUser();
  const jwt = await encodeUser("publisher", user, createAccount(), {}, {});
  const text = new TextDecoder().decode(fmtCreds(jwt, user));
  return {
    publicKey: user.getPublicKey(),
    issuedAt,
    text,
    canaries: [
      new TextDecoder().decode(user.getSeed()),
      jwt,
      // The signature and the seed, each encoded as part of the whole.
      Buffer.from(text).toString("base64").slice(-400, -200),
    ],
  };
}

/** What an issuer gives to a delivery: every generation that is to work, by its key, and the present one. */
export function credsMap(present: TestCreds, ...earlier: readonly TestCreds[]): Record<string, string> {
  const all = [present, ...earlier].map(
    ({ publicKey, issuedAt, text }) => [`${publicKey}.${issuedAt}.creds`, text] as const,
  );
  return Object.fromEntries([...all, ["nats.creds", present.text]]);
}
