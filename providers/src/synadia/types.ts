/**
 * The part of Synadia's control-plane API that Haulway uses, with the field names of its OpenAPI document
 * (`synadia-io/control-plane-sdk-go`, v0.9.0, prefix `/api/core/beta`).
 */

/** Subjects that are allowed and denied. No list and an empty list are the same: nothing is said. */
export interface SubjectPermission {
  readonly allow?: readonly string[] | null;
  readonly deny?: readonly string[] | null;
}

/** Rights and limits of a user. Everything is optional in an answer, and `null` clears a field in a change. */
export interface JwtSettings {
  readonly pub?: SubjectPermission | null;
  readonly sub?: SubjectPermission | null;
  /** `ttl` in nanoseconds. */
  readonly resp?: { readonly max: number; readonly ttl: number } | null;
  /** Bytes; -1 is no limit. */
  readonly data?: number;
  /** Bytes; -1 is no limit. */
  readonly payload?: number;
  /** Number of subscriptions; -1 is no limit. */
  readonly subs?: number;
  readonly bearer_token?: boolean;
  readonly allowed_connection_types?: readonly string[] | null;
  /** CIDRs. */
  readonly src?: readonly string[] | null;
  readonly times?: readonly { readonly start?: string; readonly end?: string }[] | null;
  readonly times_location?: string | null;
  readonly tags?: readonly string[] | null;
}

/** Body of `POST /accounts/{accountId}/nats-users`. */
export interface NatsUserCreateRequest {
  readonly name: string;
  readonly sk_group_id: string;
  /** Lifetime of the JWTs in seconds; 0 is without end. */
  readonly jwt_expires_in_secs: number;
  readonly jwt_settings: JwtSettings;
}

/** Body of `PATCH /nats-users/{userId}`. What is left out stays as it is. */
export type NatsUserUpdateRequest = Partial<Omit<NatsUserCreateRequest, "sk_group_id">>;

/** A user as the control plane shows it. It holds no seed; its JWT and claims may be signed anew for every answer. */
export interface NatsUserView {
  readonly id: string;
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  readonly user_public_key: string;
  readonly sk_group_id?: string;
  /** Lifetime of the JWTs in seconds; 0 is without end. */
  readonly jwt_expires_in_secs: number;
  readonly jwt_settings: JwtSettings;
}

/** Credentials of one nkey that were given out with the same rights. */
export interface IssuanceView {
  /** nkey, `U…`. */
  readonly sub: string;
  /** When they were given out last, in unix seconds. */
  readonly iat_max: number;
  /** `Active`, `Revoked`, `Expired` and others; all of them are revoked or expired where it says so. */
  readonly status: string;
}

/** A group of keys that sign users. */
export interface SigningKeyGroupView {
  readonly id: string;
  readonly name: string;
  /** Its seed was given away at creation; the control plane does not sign users with it. */
  readonly programmatic: boolean;
  /** Its users take their permissions from the group and may have none of their own. */
  readonly is_scoped: boolean;
  readonly disabled: boolean;
  readonly missing_seed: boolean;
}

/** An account, as far as it says whether a change of it has reached the NATS servers. */
export interface AccountView {
  readonly id: string;
  readonly jwt_sync_status: "InProgress" | "Complete" | "Failed";
  readonly jwt_sync_error: string;
}
