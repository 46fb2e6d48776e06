import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import { type StateStoreSource, systemApplication } from "../../manifests/argocd/application.ts";

/** Which system, and where its Applications are. */
export interface SystemApplicationArgs {
  readonly environment: string;
  readonly team: string;
  readonly system: string;
  readonly stateStore: StateStoreSource;
}

/**
 * The Application of a system, which holds one Application per workload and cluster. Deleting it waits until Argo CD has
 * deleted those, and they their workloads. Needs a Kubernetes provider for the platform cluster.
 */
export class SystemApplication extends pulumi.ComponentResource {
  constructor(name: string, args: SystemApplicationArgs, options?: pulumi.ComponentResourceOptions) {
    super("haulway:gitops:SystemApplication", name, {}, options);
    new CustomResource(`${name}-application`, systemApplication(args, args.stateStore), { parent: this });
    this.registerOutputs({});
  }
}
