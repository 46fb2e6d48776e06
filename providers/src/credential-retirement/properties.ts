import type { IssuerInputs, SupersededGeneration } from "../issuer/issuer.js";

/** A NATS user and the generations of its credentials. */
export interface CredentialUser {
  /** Name for people, `<system>/<workload>/<user>`; unique in the list. */
  readonly user: string;
  /** Name in the NATS account. */
  readonly name: string;
  /** nkey of the present generation, `U…`. */
  readonly publicKey: string;
  /** When the present generation was issued, in unix seconds of the issuer's clock. */
  readonly issuedAt: number;
  /** The generations before it, in any order. */
  readonly superseded: readonly SupersededGeneration[];
}

/** A Deployment whose pods work with a user's credentials. */
export interface Consumer {
  /** Name of the cluster; a key of `kubeconfigs`. */
  readonly cluster: string;
  readonly namespace: string;
  readonly deployment: string;
  /** The annotation of the pod template that names the generation the pods work with. */
  readonly annotation: string;
}

/** A user, and everything that has to work with its present credentials before the earlier ones may go. */
export interface ConsumedUser extends CredentialUser {
  readonly consumers: readonly Consumer[];
}

/** What is to be retired; see the resource class `CredentialRetirement` for each field. */
export interface CredentialRetirementInputs {
  readonly issuer: IssuerInputs;
  readonly users: readonly ConsumedUser[];
  /** Kubeconfigs as text, by cluster. Secret: they are in no output. */
  readonly kubeconfigs: Readonly<Record<string, string>>;
  readonly waitSeconds: number;
}

/** What the state keeps. */
export interface CredentialRetirementOutputs {
  readonly issuer: IssuerInputs;
  /** In `superseded` the retired generations come first, then those that are still valid, each part oldest first. */
  readonly users: readonly CredentialUser[];
  /** By user the id of a generation: everything older than it is revoked. */
  readonly retired: Readonly<Record<string, string>>;
}
