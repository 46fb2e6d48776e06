import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import * as pulumi from "@pulumi/pulumi";
import { systemNamespace } from "../../manifests/namespace.ts";

/** Which system of which team. */
export interface SystemNamespaceArgs {
  readonly environment: string;
  readonly team: string;
  readonly system: string;
}

/**
 * The namespace of a system on one workload cluster. Haulway makes it rather than Argo CD, because Secrets with credentials
 * must be in it before the first pod starts. Needs a Kubernetes provider for that cluster.
 */
export class SystemNamespace extends pulumi.ComponentResource {
  /** Name of the namespace, known when it exists. */
  readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: SystemNamespaceArgs, options?: pulumi.ComponentResourceOptions) {
    super("haulway:cluster:SystemNamespace", name, {}, options);
    const namespace = new Namespace(`${name}-namespace`, systemNamespace(args), { parent: this });
    this.namespace = namespace.metadata.name;
    this.registerOutputs({ namespace: this.namespace });
  }
}
