import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import * as pulumi from "@pulumi/pulumi";
import { type WorkloadIdentifiers, workloadLabels } from "../../manifests/labels.ts";
import { NATS_CREDS_KEY } from "../../manifests/workload/nats.ts";
import { natsSecretName } from "../../model/naming.ts";

/** The credentials of one NATS user, and the workload that they are for. */
export interface NatsCredentialsArgs {
  readonly workload: WorkloadIdentifiers;
  /** Name of the user within the workload. */
  readonly user: string;
  /** Namespace of the workload's system on the cluster. */
  readonly namespace: pulumi.Input<string>;
  /** The creds file. */
  readonly creds: pulumi.Input<string>;
}

/**
 * Delivers the credentials of a NATS user as a Secret next to the workload. Never by way of git. Needs a Kubernetes provider
 * for the cluster that the workload runs on.
 */
export class NatsCredentials extends pulumi.ComponentResource {
  constructor(name: string, args: NatsCredentialsArgs, options?: pulumi.ComponentResourceOptions) {
    super("haulway:nats:NatsCredentials", name, {}, options);
    new Secret(
      `${name}-secret`,
      {
        metadata: {
          name: natsSecretName(args.workload.workload, args.user),
          namespace: args.namespace,
          labels: workloadLabels(args.workload),
        },
        stringData: { [NATS_CREDS_KEY]: pulumi.secret(args.creds) },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
