import type { SyncState } from "./account-pusher.ts";
import { claimsOf, currentKey } from "./issuer.ts";
import type {
  AccountRecord,
  GroupRecord,
  Issuance,
  SigningKeyRecord,
  SynadiaState,
  UserRecord,
} from "./state.ts";

/** What the API says of where something lives: `TeamInfo` and `SystemInfo`. */
export interface Surroundings {
  readonly state: SynadiaState;
  /** The servers' URL, for `SystemInfo.server_urls`. */
  readonly natsUrl: string;
}

/** `TeamViewResponse`. */
export function teamView({ state }: Surroundings): object {
  return { ...state.team };
}

/** `SystemViewResponse`. */
export function systemView(surroundings: Surroundings): object {
  return {
    ...systemInfo(surroundings),
    created: surroundings.state.system.created,
    has_managed_operator: true,
    has_managed_system_account: true,
    limited: false,
    updates_available: {},
    team: teamInfo(surroundings),
  };
}

/** `AccountViewResponse`. */
export function accountView(surroundings: Surroundings, account: AccountRecord, sync: SyncState): object {
  const revocations = Object.fromEntries(
    Object.entries(account.revocations).map(([key, { before }]) => [key, before]),
  );
  return {
    ...accountInfo(account),
    created: account.created,
    jwt_settings: { revocations },
    jwt_sync_status: sync.status,
    jwt_sync_error: sync.error,
    nsc_managed: false,
    connectors: false,
    workloads: false,
    system: systemInfo(surroundings),
    team: teamInfo(surroundings),
  };
}

/** `NatsUserViewResponse`: everything but the seed. The JWT is the one signed at the last change, not a new one. */
export function userView(surroundings: Surroundings, account: AccountRecord, user: UserRecord): object {
  return {
    id: user.id,
    name: user.name,
    created: user.created,
    user_public_key: user.publicKey,
    sk_group_id: user.groupId,
    jwt: user.jwt,
    claims: claimsOf(user.jwt),
    jwt_settings: user.settings,
    jwt_expires_in_secs: user.expiresInSeconds,
    jwt_expires_at_max: user.expiresAtMax,
    account: accountInfo(account),
    system: systemInfo(surroundings),
    team: teamInfo(surroundings),
  };
}

/** `SigningKeyGroupViewResponse`. */
export function groupView(group: GroupRecord): object {
  return {
    id: group.id,
    name: group.name,
    created: group.created,
    programmatic: group.programmatic,
    is_scoped: group.scope !== undefined,
    disabled: group.disabledAt !== undefined,
    ...(group.disabledAt === undefined ? {} : { disabled_at: group.disabledAt }),
    missing_seed: group.programmatic,
    ...(group.scope === undefined ? {} : { scope: group.scope }),
  };
}

/** `SigningKeyViewResponse`. */
export function signingKeyView(group: GroupRecord, key: SigningKeyRecord): object {
  return {
    id: key.id,
    group_id: group.id,
    public_key: key.publicKey,
    current: key.current,
    rotated: key.rotatedAt !== undefined,
    ...(key.rotatedAt === undefined ? {} : { rotated_at: key.rotatedAt }),
    disabled: key.disabledAt !== undefined,
    ...(key.disabledAt === undefined ? {} : { disabled_at: key.disabledAt }),
    missing_seed: group.programmatic,
    created: key.created,
  };
}

/** `NatsUserIssuanceInfo`. */
export function issuanceView(account: AccountRecord, issuance: Issuance): object {
  const issuedAt = issuance.events.map((event) => event.iat);
  const expiries = issuance.events.map((event) => event.exp);
  const finite = expiries.filter((exp) => exp !== undefined);
  return {
    id: issuance.id,
    name: issuance.name,
    created: issuance.created,
    iss: issuance.iss,
    sub: issuance.sub,
    status: issuanceStatus(account, issuance),
    events_count: issuance.events.length,
    iat_min: Math.min(...issuedAt),
    iat_max: Math.max(...issuedAt),
    ...(finite.length === expiries.length ? { exp_max: Math.max(...finite) } : {}),
  };
}

/** `NatsUserIssuanceViewResponse`. */
export function issuanceDetailView(account: AccountRecord, issuance: Issuance): object {
  const status = issuanceStatus(account, issuance);
  return {
    ...issuanceView(account, issuance),
    checksum: issuance.checksum,
    nats: issuance.nats,
    events: issuance.events.map((event) => ({
      ...event,
      status,
      app_user: { id: account.id, name: "haulway", type: "TeamServiceAccount" },
    })),
  };
}

/** In the words of the API; revocation is inclusive, as it is in nats-server. */
function issuanceStatus(account: AccountRecord, issuance: Issuance): string {
  const group = account.groups.find((candidate) =>
    candidate.keys.some((key) => key.publicKey === issuance.iss),
  );
  const key = group?.keys.find((candidate) => candidate.publicKey === issuance.iss);
  if (group === undefined || key === undefined) {
    return "SK Removed";
  }
  if (currentKey(group) === undefined && group.disabledAt !== undefined) {
    return "SK Group Disabled";
  }
  if (key.disabledAt !== undefined) {
    return "SK Disabled";
  }
  const before = account.revocations[issuance.sub]?.before ?? -1;
  const revoked = issuance.events.filter((event) => event.iat <= before).length;
  if (revoked > 0) {
    return revoked === issuance.events.length ? "Revoked" : "Partially Revoked";
  }
  const now = Date.now() / 1000;
  return issuance.events.every((event) => event.exp !== undefined && event.exp <= now) ? "Expired" : "Active";
}

function accountInfo(account: AccountRecord): object {
  return {
    id: account.id,
    name: account.name,
    account_public_key: account.publicKey,
    auth_type: "jwt",
    is_system_account: false,
    is_scp_account: false,
    is_platform_account: false,
    user_jwt_expires_in_secs: account.userExpiresInSeconds,
  };
}

function systemInfo({ state, natsUrl }: Surroundings): object {
  return {
    id: state.system.id,
    name: state.system.name,
    state: "Connected",
    connection_type: "Direct",
    config_mode: false,
    is_tenant: false,
    jetstream_enabled: false,
    user_jwt_expires_in_secs: 0,
    server_urls: natsUrl,
  };
}

function teamInfo({ state }: Surroundings): object {
  return { id: state.team.id, name: state.team.name };
}
