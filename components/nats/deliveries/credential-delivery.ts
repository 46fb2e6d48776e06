import type { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import type { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import type * as pulumi from "@pulumi/pulumi";
import type { WorkloadIdentifiers } from "../../../manifests/labels.ts";

/** A cluster that the credentials are delivered to. */
export interface DeliveryCluster {
  /** Name within the environment. */
  readonly name: string;
  readonly kubernetes: KubernetesProvider;
  /** Namespace of the workload's system on it, known when it exists. */
  readonly namespace: pulumi.Input<string>;
}

/** The credentials of one NATS user, whose they are, and where to. */
export interface CredentialDeliveryArgs {
  readonly workload: WorkloadIdentifiers;
  /** Name of the user within the workload. */
  readonly user: string;
  /** The clusters that the workload is placed on. */
  readonly clusters: readonly DeliveryCluster[];
  /** Creds files by the key under which the Secret is to have them. */
  readonly creds: pulumi.Output<Readonly<Record<string, string>>>;
  /** The public nkey of the present generation. */
  readonly publicKey: pulumi.Output<string>;
  /** When the present generation was issued, in seconds since 1970. */
  readonly issuedAt: pulumi.Output<number>;
  /** The provider of the environment's AWS account. */
  readonly aws: AwsProvider;
}

/**
 * What brings the credentials of one NATS user to the clusters. However it does so, each cluster ends up with the same
 * Secret, and its bytes change exactly when there are new credentials.
 */
export interface CredentialDelivery {
  /** What has to exist before the manifests that mount the Secret are committed. */
  readonly resources: readonly pulumi.Resource[];
  /** What Argo CD has to apply: text by path below the team's directory in the state store. Never a secret. */
  readonly files: pulumi.Output<Readonly<Record<string, string>>>;
}
