import type { NatsSettings } from "../../../../model/nats.ts";
import type { NatsUserSpec } from "../../../../model/team.ts";

/** Names of what every stack of the crash tests declares. */
export const NAMES = {
  environment: "test",
  team: "claims",
  system: "claims",
  workload: "intake",
  user: "publisher",
  cluster: "workload-a",
} as const;

/** Variables of the program and its providers; the values are secrets, or files with secrets. */
export const VARIABLES = {
  /** A {@link Declaration} as JSON. */
  declaration: "CRASH_DECLARATION",
  /** Path of the kubeconfig. */
  kubeconfig: "CRASH_KUBECONFIG",
  /** The API token for the stand-in of Synadia. */
  token: "SYNADIA_TOKEN",
  /** The password of the state store. */
  password: "STATE_STORE_PASSWORD",
} as const;

/** What one run of a crash test declares: one NATS user, its delivery, a consumer, and the retirement of old credentials. */
export interface Declaration {
  readonly nats: NatsSettings;
  readonly user: NatsUserSpec;
  /** Namespace on the cluster, one for each stack. */
  readonly namespace: string;
  readonly stateStoreUrl: string;
}
