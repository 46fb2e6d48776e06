import { createHash, randomUUID } from "node:crypto";
import { type ClaimsData, encodeAccount, fmtCreds, newScopedSigner } from "@nats-io/jwt";
import type { KeyPair } from "@nats-io/nkeys";
import { UNLIMITED_ACCOUNT } from "../../nats/nats-operator.ts";
import { keyPair } from "./key-pair.ts";
import { ksuid } from "./ksuid.ts";
import type {
  AccountRecord,
  GroupRecord,
  IssuanceEventType,
  JwtSettings,
  SigningKeyRecord,
  UserRecord,
} from "./state.ts";

/** A signed user JWT and what a caller wants to know of it. */
export interface SignedUser {
  readonly jwt: string;
  readonly claims: ClaimsData<Record<string, unknown>>;
  readonly signingKey: SigningKeyRecord;
}

/** What a JWT that was signed here says. */
export function claimsOf(jwt: string): ClaimsData<Record<string, unknown>> {
  const [, claims = ""] = jwt.split(".");
  return JSON.parse(Buffer.from(claims, "base64url").toString()) as ClaimsData<Record<string, unknown>>;
}

/** The key of a group that signs now; `undefined` when the group or the key is disabled. */
export function currentKey(group: GroupRecord): SigningKeyRecord | undefined {
  return group.disabledAt === undefined
    ? group.keys.find((key) => key.current && key.disabledAt === undefined)
    : undefined;
}

/**
 * Signs a JWT of the user as it is now. Every call gives another one, even within one second: the id of the JWT is random.
 * @param now time of the signature, in unix seconds
 * @throws Error when the group cannot sign.
 */
export function signUser(account: AccountRecord, user: UserRecord, now: number): SignedUser {
  const group = account.groups.find((candidate) => candidate.id === user.groupId);
  const signingKey = group === undefined ? undefined : currentKey(group);
  if (group === undefined || signingKey === undefined) {
    throw new Error("signing key group has no active key");
  }
  const signer = keyPair(signingKey.seed);
  const claims = {
    jti: randomUUID(),
    iat: now,
    iss: signer.getPublicKey(),
    aud: "NATS",
    name: user.name,
    sub: user.publicKey,
    ...(user.expiresInSeconds > 0 ? { exp: now + user.expiresInSeconds } : {}),
    nats: {
      ...userClaims(user.settings, group.scope !== undefined),
      issuer_account: account.publicKey,
      type: "user",
      version: 2,
    },
  };
  return { jwt: encode(claims, signer), claims, signingKey };
}

/** Signs creds, and records that they were given out. */
export function issueCreds(account: AccountRecord, user: UserRecord, now: number): string {
  const signed = signUser(account, user, now);
  recordIssuance(user, signed, "Download");
  return new TextDecoder().decode(fmtCreds(signed.jwt, keyPair(user.seed)));
}

/** Signs a JWT without a seed, and records that it was given out. */
export function issueBearerJwt(account: AccountRecord, user: UserRecord, now: number): string {
  const signed = signUser(account, user, now);
  recordIssuance(user, signed, "BearerJwt");
  return signed.jwt;
}

/** The account's JWT, signed by the operator: its signing keys, their scopes, and its revocations. */
export function signAccount(account: AccountRecord, operatorSigningKey: KeyPair): Promise<string> {
  const keys = account.groups
    .filter((group) => group.disabledAt === undefined)
    .flatMap((group) =>
      group.keys
        .filter((key) => key.disabledAt === undefined)
        .map((key) =>
          group.scope === undefined
            ? key.publicKey
            : newScopedSigner(key.publicKey, group.name, permissionClaims(group.scope)),
        ),
    );
  const revocations = Object.fromEntries(
    Object.entries(account.revocations).map(([key, revocation]) => [key, revocation.before]),
  );
  return encodeAccount(
    account.name,
    account.publicKey,
    { limits: UNLIMITED_ACCOUNT, signing_keys: keys, revocations },
    { signer: operatorSigningKey },
  );
}

/** The library would write the time of this machine into it. */
function encode(claims: object, signer: KeyPair): string {
  const content = [{ typ: "JWT", alg: "ed25519-nkey" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${content}.${Buffer.from(signer.sign(Buffer.from(content))).toString("base64url")}`;
}

/** A user under a scoped key carries nothing but tags: the server refuses it otherwise. */
function userClaims(settings: JwtSettings, scoped: boolean): Record<string, unknown> {
  const tags = settings.tags === undefined || settings.tags.length === 0 ? {} : { tags: settings.tags };
  return scoped ? tags : { ...permissionClaims(settings), ...tags };
}

function permissionClaims(settings: JwtSettings): Record<string, unknown> {
  const { tags: _, ...limits } = settings;
  return { data: -1, payload: -1, subs: -1, pub: {}, sub: {}, ...limits };
}

function recordIssuance(user: UserRecord, signed: SignedUser, type: IssuanceEventType): void {
  const { claims } = signed;
  const checksum = createHash("sha256")
    .update([user.id, claims.iss, claims.sub, claims.name, JSON.stringify(claims.nats)].join())
    .digest("hex");
  const event = {
    iat: claims.iat,
    jti: claims.jti,
    ...(claims.exp === undefined ? {} : { exp: claims.exp }),
    type,
  };
  const issuance = user.issuances.find((candidate) => candidate.checksum === checksum);
  if (issuance === undefined) {
    user.issuances.push({
      id: ksuid(),
      checksum,
      iss: claims.iss,
      sub: claims.sub,
      name: claims.name,
      created: new Date().toISOString(),
      nats: claims.nats,
      events: [event],
    });
  } else {
    issuance.events.push(event);
  }
  user.expiresAtMax = Math.max(user.expiresAtMax, claims.exp ?? 0);
}
