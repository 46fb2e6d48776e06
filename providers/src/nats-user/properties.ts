import type { Generation, IssuerInputs, SupersededGeneration, UserDeclaration } from "../issuer/issuer.js";

/** When credentials are made anew although nothing else changed; see the resource class `NatsUser`. */
export interface Rotation {
  /** Seconds; 0: never. */
  readonly every: number;
  /** Seconds. */
  readonly overlap: number;
  readonly epoch: string;
  readonly reason?: string;
}

/** What a NATS user is declared to be; see the resource class `NatsUser` for each field. */
export interface NatsUserInputs extends UserDeclaration {
  readonly user: string;
  readonly issuer: IssuerInputs;
  readonly rotation: Rotation;
  readonly consumers: readonly string[];
}

/**
 * What the state keeps of a NATS user: the declaration that the present credentials were issued for, which after an
 * unfinished run is not the last one, and the generations. Before there are credentials `issuedAt` is 0, `creds` is
 * empty, and `publicKey` is the user's nkey.
 */
export interface NatsUserOutputs extends UserDeclaration, Generation {
  readonly issuer: IssuerInputs;
  readonly userId: string;
  /** Mark of this resource on the user. */
  readonly owner: string;
  /** Synadia only: the signing-key group that `issuer.signingKeyGroup` was found to be. */
  readonly group?: { readonly id: string; readonly name: string };
  /** Generations that may still work, the oldest first. Those that ended before the present one was made are left out. */
  readonly superseded: readonly SupersededGeneration[];
  /** Creds files by the key under which they are delivered. Secret. */
  readonly creds: Readonly<Record<string, string>>;
  /** A fingerprint of each setting of the user, as the issuer showed it at the end of the last run. */
  readonly settings: Readonly<Record<string, string>>;
  /** What a refresh found changed outside, or a run left undone: names of settings, or values of {@link DRIFT}. */
  readonly drift: readonly string[];
}

/** What asks for other credentials, besides what is declared. */
export const DRIFT = {
  /** The user is gone. */
  vanished: "vanished",
  /** It has another nkey. */
  nkey: "nkey",
  /** The present credentials are revoked. */
  revoked: "revoked",
  /** The last run failed while it issued credentials, so that there may be some which nobody has in hand. */
  unfinished: "unfinished",
} as const;
