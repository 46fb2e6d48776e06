import * as pulumi from "@pulumi/pulumi";
import { ForwardedResource } from "../forwarded-resource.ts";

/** Where the user is issued: one account of Synadia Cloud, or of a Synadia Control Plane. */
export interface SynadiaAccount {
  /** Base URL of the control plane, without `/api`, for example `https://cloud.synadia.com`. */
  readonly url: pulumi.Input<string>;
  /** Id of the NATS account. Another account is another user: the resource is replaced. */
  readonly accountId: pulumi.Input<string>;
  /** Id or name (any case) of the signing-key group, for example `Default`. Another group replaces the user. */
  readonly signingKeyGroup: pulumi.Input<string>;
  /** Name of the environment variable that holds the API token; with `_FILE` appended, of the one that names a file. */
  readonly tokenFrom: pulumi.Input<string>;
}

/** What a NATS user is: its name and the subjects it may use. */
export interface NatsUserArgs {
  /** Unique within the environment, for example `local.claims.intake.publisher`. Another name replaces the user. */
  readonly name: pulumi.Input<string>;
  /** Name of the environment; part of the tag by which Haulway finds its own users. */
  readonly environment: pulumi.Input<string>;
  readonly synadia: SynadiaAccount;
  /** Subjects the user may publish to. Empty: none. */
  readonly publish: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** Subjects the user may subscribe to. Empty: none. */
  readonly subscribe: pulumi.Input<readonly pulumi.Input<string>[]>;
}

/**
 * One NATS user and one generation of its credentials.
 *
 * Credentials are made once, kept as a secret in the state, and made anew only for a declared reason: the permissions
 * changed, the nkey changed or the user vanished outside. `publicKey` and `issuedAt` together name the generation; roll
 * a workload on them, never on the bytes of `creds`.
 */
export class NatsUser extends ForwardedResource {
  /** Id of the user in the control plane. */
  declare readonly userId: pulumi.Output<string>;
  /** The user's public nkey, `U…`. */
  declare readonly publicKey: pulumi.Output<string>;
  /** When the credentials were issued, in seconds since 1970. */
  declare readonly issuedAt: pulumi.Output<number>;
  /** Why the present credentials were made, for people to read. */
  declare readonly reason: pulumi.Output<string>;
  /** The credentials file: a JWT and the nkey's seed. Secret. */
  declare readonly creds: pulumi.Output<string>;

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
        reason: undefined,
        creds: undefined,
      },
      pulumi.mergeOptions(options, { additionalSecretOutputs: ["creds"] }),
    );
  }
}
