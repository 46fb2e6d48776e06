import { createAccount } from "@nats-io/nkeys";
import { ksuid } from "./ksuid.ts";

/** Permission lists of one direction. Subjects as NATS writes them; an absent list allows everything. */
export interface SubjectPermission {
  allow?: string[];
  deny?: string[];
}

/** `jwt_settings` of a user, `scope` of a signing key group: the fields of the API, permissions at the top level. */
export interface JwtSettings {
  pub?: SubjectPermission;
  sub?: SubjectPermission;
  /** `ttl` in nanoseconds. */
  resp?: { max: number; ttl: number };
  src?: string[];
  times?: { start?: string; end?: string }[];
  times_location?: string;
  data?: number;
  payload?: number;
  subs?: number;
  bearer_token?: boolean;
  allowed_connection_types?: string[];
  tags?: string[];
}

/** How a JWT of an issuance was given out. */
export type IssuanceEventType = "Import" | "Download" | "BearerJwt" | "HttpGwToken";

/** All JWTs of one user that say the same, and when each was given out. */
export interface Issuance {
  id: string;
  checksum: string;
  iss: string;
  sub: string;
  name: string;
  created: string;
  nats: Record<string, unknown>;
  events: { iat: number; jti: string; exp?: number; type: IssuanceEventType }[];
}

/** A NATS user. `seed` never leaves the stand-in but in creds. */
export interface UserRecord {
  id: string;
  name: string;
  created: string;
  groupId: string;
  publicKey: string;
  seed: string;
  /** The JWT that the API shows; signed when the user changes, never when it is read. */
  jwt: string;
  /** 0 = the JWTs do not expire. */
  expiresInSeconds: number;
  /** Unix seconds of the latest expiry ever given out, 0 = none. */
  expiresAtMax: number;
  settings: JwtSettings;
  issuances: Issuance[];
}

/** One account signing key. */
export interface SigningKeyRecord {
  id: string;
  publicKey: string;
  seed: string;
  created: string;
  current: boolean;
  rotatedAt?: string;
  disabledAt?: string;
}

/** A group of signing keys, of which one is current. */
export interface GroupRecord {
  id: string;
  name: string;
  created: string;
  /** Keys are handed out, and the platform keeps no users under it. */
  programmatic: boolean;
  scope?: JwtSettings;
  disabledAt?: string;
  keys: SigningKeyRecord[];
}

/** A NATS account. */
export interface AccountRecord {
  id: string;
  name: string;
  created: string;
  seed: string;
  publicKey: string;
  /** Seconds, for users that do not say; 0 = no expiry. */
  userExpiresInSeconds: number;
  groups: GroupRecord[];
  users: UserRecord[];
  /** By user public key: JWTs issued at or before `before` (unix seconds) are refused. */
  revocations: Record<string, { before: number; created: string }>;
}

/** Everything that the stand-in remembers. */
export interface SynadiaState {
  version: 1;
  team: { id: string; name: string; created: string };
  system: { id: string; name: string; created: string };
  accounts: AccountRecord[];
}

/** A fresh signing key that becomes its group's current one. */
export function newSigningKey(): SigningKeyRecord {
  const pair = createAccount();
  return {
    id: ksuid(),
    publicKey: pair.getPublicKey(),
    seed: new TextDecoder().decode(pair.getSeed()),
    created: new Date().toISOString(),
    current: true,
  };
}

/** A fresh group with its first key. */
export function newGroup(name: string, programmatic: boolean, scope?: JwtSettings): GroupRecord {
  return {
    id: ksuid(),
    name,
    created: new Date().toISOString(),
    programmatic,
    ...(scope === undefined ? {} : { scope }),
    keys: [newSigningKey()],
  };
}

/** What a team finds in its Synadia account at the start: one system, one account with the id `accountId`, one group `Default`. */
export function initialState(accountId: string, environment: string): SynadiaState {
  const pair = createAccount();
  const created = new Date().toISOString();
  return {
    version: 1,
    team: { id: ksuid(), name: "haulway", created },
    system: { id: ksuid(), name: environment, created },
    accounts: [
      {
        id: accountId,
        name: environment,
        created,
        seed: new TextDecoder().decode(pair.getSeed()),
        publicKey: pair.getPublicKey(),
        userExpiresInSeconds: 0,
        groups: [newGroup("Default", false)],
        users: [],
        revocations: {},
      },
    ],
  };
}
