import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import * as pulumi from "@pulumi/pulumi";
import type { WorkloadIdentifiers } from "../../../manifests/labels.ts";
import { natsSecretMetadata } from "../../../manifests/workload/nats-secret.ts";
import type { CredentialDelivery, CredentialDeliveryArgs } from "./credential-delivery.ts";

/**
 * Lets Sealed Secrets take over the Secret, which it would refuse otherwise, and make it again at once when the program deletes
 * its own: so an environment can change to that delivery under running pods. External Secrets asks for nothing of the kind.
 */
const TAKE_OVER = { "sealedsecrets.bitnami.com/managed": "true" };

const NO_FILES: Readonly<Record<string, string>> = {};

/** The credentials of one NATS user, and the workload that they are for. */
export interface SecretDeliveryArgs {
  readonly workload: WorkloadIdentifiers;
  /** Name of the user within the workload. */
  readonly user: string;
  /** Namespace of the workload's system on the cluster. */
  readonly namespace: pulumi.Input<string>;
  /** Creds files by key. */
  readonly creds: pulumi.Input<Readonly<Record<string, string>>>;
}

/**
 * Delivers the credentials of a NATS user as a Secret next to the workload. Never by way of git. Needs a Kubernetes provider
 * for the cluster that the workload runs on, one that changes Secrets in place.
 */
export class SecretDelivery extends pulumi.ComponentResource {
  constructor(name: string, args: SecretDeliveryArgs, options?: pulumi.ComponentResourceOptions) {
    const formerly = { aliases: [{ type: "haulway:nats:NatsCredentials" }] };
    super("haulway:nats:SecretDelivery", name, {}, pulumi.mergeOptions(options, formerly));
    new Secret(
      `${name}-secret`,
      {
        metadata: {
          ...natsSecretMetadata(args.workload, args.user),
          namespace: args.namespace,
          annotations: TAKE_OVER,
        },
        // Not `stringData`: a key that is left out there stays in the Secret.
        data: pulumi.secret(args.creds).apply(encodeValues),
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

/** Delivers credentials as a Secret that the program itself writes to each cluster. */
export function deliverAsSecret(name: string, args: CredentialDeliveryArgs): CredentialDelivery {
  const { workload, user, creds } = args;
  const resources = args.clusters.map(
    (cluster) =>
      new SecretDelivery(
        `${name}-${cluster.name}`,
        { workload, user, namespace: cluster.namespace, creds },
        { providers: { kubernetes: cluster.kubernetes } },
      ),
  );
  return { resources, files: pulumi.output(NO_FILES) };
}

function encodeValues(creds: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(creds).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
  );
}
