import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import { type ArgoCdCluster, teamProject } from "../../manifests/argocd/app-project.ts";

/** What a team's Applications may do. */
export interface TeamProjectArgs {
  readonly environment: string;
  readonly team: string;
  readonly stateStoreUrl: string;
  /** The clusters that each system is placed on. */
  readonly placements: readonly { readonly system: string; readonly clusters: readonly ArgoCdCluster[] }[];
}

/** The AppProject of a team: the fence around its Applications. Needs a Kubernetes provider for the platform cluster. */
export class TeamProject extends pulumi.ComponentResource {
  constructor(name: string, args: TeamProjectArgs, options?: pulumi.ComponentResourceOptions) {
    super("haulway:gitops:TeamProject", name, {}, options);
    new CustomResource(`${name}-project`, teamProject(args, args.stateStoreUrl, args.placements), {
      parent: this,
    });
    this.registerOutputs({});
  }
}
