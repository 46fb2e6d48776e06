import type { Consumer } from "@haulway/providers/credential-retirement/properties";
import type { IssuerInputs, SupersededGeneration } from "@haulway/providers/issuer/issuer";
import * as pulumi from "@pulumi/pulumi";
import { ForwardedResource } from "../forwarded-resource.ts";

/** How long a run waits for consumers that have not rolled yet, in seconds. */
const WAIT_SECONDS = 300;

/** Whose credentials are retired, and where they are in use. */
export interface CredentialRetirementArgs {
  /** Where the users are issued. */
  readonly issuer: IssuerInputs;
  /** All users of the stack, also those that have no earlier credentials. */
  readonly users: readonly RetiredUser[];
  /** Kubeconfigs as text, by the cluster's name, of every cluster on which there are consumers. */
  readonly kubeconfigs: Readonly<Record<string, pulumi.Input<string>>>;
  /** How long a run waits, in seconds; 0: it looks once. @default 300 */
  readonly waitSeconds?: number;
}

/** A NATS user, the generations of its credentials, and who uses them. */
export interface RetiredUser {
  /** What people call it: `<system>/<workload>/<user>`; unique in the stack. */
  readonly user: string;
  /** Name in the NATS account. */
  readonly name: string;
  /** nkey of the present generation, `U…`. */
  readonly publicKey: pulumi.Input<string>;
  /** When the present generation was issued, in seconds since 1970. */
  readonly issuedAt: pulumi.Input<number>;
  /** The generations before it, in any order; retired ones may stay in the list. */
  readonly superseded: pulumi.Input<readonly SupersededGeneration[]>;
  /** The Deployments whose pods use the credentials. Without any, earlier credentials are revoked at once. */
  readonly consumers: readonly Consumer[];
}

/**
 * Revokes earlier credentials of NATS users, as soon as every Deployment that uses them has rolled to the present ones, at
 * the end of their overlap at the latest.
 *
 * One per stack, after everything that makes the Deployments roll. A run waits for them; when that was not enough, it
 * revokes what it can, fails with the names of the Deployments that have not rolled, and the next run goes on. As long as
 * nothing is superseded it asks nobody. Deleting it revokes nothing.
 */
export class CredentialRetirement extends ForwardedResource {
  /** The id of a generation, `<publicKey>.<issuedAt>`, by user: everything older than that is revoked. */
  declare readonly retired: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: CredentialRetirementArgs, options?: pulumi.CustomResourceOptions) {
    const { issuer, users, kubeconfigs, waitSeconds = WAIT_SECONDS } = args;
    super(
      "credentialRetirement",
      "CredentialRetirement",
      name,
      { issuer, users, kubeconfigs: pulumi.secret(kubeconfigs), waitSeconds, retired: undefined },
      options,
    );
  }
}
