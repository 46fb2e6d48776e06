import type { Settings } from "./settings.js";

/** What a NATS user is declared to be; see the resource class `NatsUser` for each field. */
export interface NatsUserInputs {
  readonly name: string;
  readonly environment: string;
  readonly synadia: SynadiaAccountInputs;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** The account in which a user is issued. */
export interface SynadiaAccountInputs {
  readonly url: string;
  readonly accountId: string;
  readonly signingKeyGroup: string;
  readonly tokenFrom: string;
}

/** Credentials of an nkey that must stop working: those issued up to and including the second `before`. */
export interface Revocation {
  readonly publicKey: string;
  readonly before: number;
}

/**
 * What the state keeps of a NATS user. `publish` and `subscribe` are what the present credentials were issued for, which
 * after an unfinished update is not what is declared.
 */
export interface NatsUserOutputs extends NatsUserInputs {
  readonly userId: string;
  /** The signing-key group that `synadia.signingKeyGroup` was found to be. */
  readonly group: { readonly id: string; readonly name: string };
  /** Mark of this resource on the user, see `tags.ts`. */
  readonly owner: string;
  /** nkey of the present credentials. */
  readonly publicKey: string;
  /** Unix seconds; 0 when there are no credentials yet. */
  readonly issuedAt: number;
  /** Unix seconds; 0 when the credentials do not expire. */
  readonly expiresAt: number;
  /** Why the present credentials were issued. */
  readonly reason: string;
  /** Empty when there are none yet. */
  readonly creds: string;
  /** The user's rights and limits as the control plane showed them at the end of the last run. */
  readonly settings: Settings;
  /** What a refresh found changed outside. */
  readonly drift: readonly string[];
  /** Revocations that were decided and are not confirmed yet. */
  readonly revocations: readonly Revocation[];
}
