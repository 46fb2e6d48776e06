import type { IssuerInputs, SupersededGeneration } from "@haulway/providers/issuer/issuer";
import * as pulumi from "@pulumi/pulumi";
import { ForwardedResource } from "../forwarded-resource.ts";

/** What a NATS user is: its name, what it may do, and when its credentials are made anew. */
export interface NatsUserArgs {
  /** What people call it: `<system>/<workload>/<user>`, for example `claims/intake/publisher`. */
  readonly user: string;
  /** Name in the NATS account, for example `local.claims.intake.publisher`. Another name replaces the user. */
  readonly name: string;
  /** Name of the environment; part of the tag by which Haulway finds its own users. */
  readonly environment: string;
  /** Where the user is issued. Another account or signing-key group replaces the user. */
  readonly issuer: IssuerInputs;
  /** Subjects the user may publish to. Empty: none. */
  readonly publish: readonly string[];
  /** Subjects the user may subscribe to, besides its inbox. Empty: none. */
  readonly subscribe: readonly string[];
  /** Whether the user may publish one answer to each request it receives, within a minute. */
  readonly respond: boolean;
  /** What the subjects of the user's own inboxes begin with, without the dot that follows; it may subscribe below it. */
  readonly inbox: string;
  /** When credentials stop working, in seconds since 1970; 0: never. */
  readonly expires: number;
  readonly rotation: NatsUserRotation;
  /** Who uses the credentials, for people: `Deployment claims/intake on workload-a`. */
  readonly consumers: readonly string[];
}

/** When credentials are made anew although nothing else changed, and how long the old ones go on working. */
export interface NatsUserRotation {
  /** Seconds after which the present credentials are replaced by new ones of the same nkey; 0: never. */
  readonly every: number;
  /** Seconds that replaced credentials work at most; they end sooner when everybody uses the new ones. */
  readonly overlap: number;
  /** Any other value than the last makes new credentials with a new nkey, as after a leak. */
  readonly epoch: string;
  /** Why the epoch was changed, for people. */
  readonly reason?: string;
}

/**
 * One NATS user, and the generations of its credentials.
 *
 * Credentials are made once, kept as a secret in the state, and made anew only for a declared reason: the permissions,
 * the expiry or the epoch changed, the rotation window opened, or they were lost or revoked outside. `publicKey` and
 * `issuedAt` together name the present generation; roll a workload on them, never on the bytes of `creds`. This resource
 * revokes nothing that somebody may still use: the generations in `superseded` are for CredentialRetirement to end.
 */
export class NatsUser extends ForwardedResource {
  /** Id of the user at its issuer. */
  declare readonly userId: pulumi.Output<string>;
  /** The public nkey of the present credentials, `U…`. */
  declare readonly publicKey: pulumi.Output<string>;
  /** When the present credentials were issued, in seconds since 1970. */
  declare readonly issuedAt: pulumi.Output<number>;
  /** When they expire, in seconds since 1970; 0: never. */
  declare readonly expiresAt: pulumi.Output<number>;
  /** Why they were made, for people to read. */
  declare readonly reason: pulumi.Output<string>;
  /** Older generations that are not to work much longer, the oldest first. */
  declare readonly superseded: pulumi.Output<SupersededGeneration[]>;
  /**
   * Creds files by the key under which they are delivered: `<publicKey>.<issuedAt>.creds` for each generation that a pod
   * may still ask for, and `nats.creds` for the present one. Secret. Changes only when credentials are made anew.
   */
  declare readonly creds: pulumi.Output<Readonly<Record<string, string>>>;

  constructor(name: string, args: NatsUserArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "natsUser",
      "NatsUser",
      name,
      {
        ...args,
        userId: undefined,
        publicKey: undefined,
        issuedAt: undefined,
        expiresAt: undefined,
        reason: undefined,
        superseded: undefined,
        creds: undefined,
      },
      pulumi.mergeOptions(options, { additionalSecretOutputs: ["creds"] }),
    );
  }
}
