import { PodIdentityAssociation } from "@pulumi/aws/eks/podIdentityAssociation.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { podIdentityTrust } from "../../manifests/iam/trust.ts";
import { workloadPolicy } from "../../manifests/iam/workload.ts";
import type { Workload } from "../../model/team.ts";

/** Who a workload is in AWS. */
export interface WorkloadIdentityArgs {
  /** Name of the role, such as `dev-claims-intake`. */
  readonly roleName: string;
  /** Namespace and ServiceAccount of the workload's pods, the same on every cluster. */
  readonly namespace: string;
  readonly serviceAccount: string;
  /** The clusters that the workload is placed on: a short name for the resource, and the name in EKS. */
  readonly clusters: readonly { readonly name: string; readonly eksName: string }[];
  /** What the workload may do in AWS. None: the role says who it is and allows nothing. */
  readonly permissions: Workload["permissions"];
}

/** The IAM role of a workload, which its pods have on every cluster by EKS Pod Identity. */
export class WorkloadIdentity extends pulumi.ComponentResource {
  readonly roleArn: pulumi.Output<string>;

  constructor(name: string, args: WorkloadIdentityArgs, options?: pulumi.ComponentResourceOptions) {
    super("haulway:identity:WorkloadIdentity", name, {}, options);
    const role = new Role(
      `${name}-role`,
      {
        name: args.roleName,
        assumeRolePolicy: podIdentityTrust({
          clusterNames: args.clusters.map(({ eksName }) => eksName),
          namespace: args.namespace,
          serviceAccounts: [args.serviceAccount],
        }),
      },
      { parent: this },
    );
    const policy = workloadPolicy(args.permissions);
    if (policy !== undefined) {
      new RolePolicy(`${name}-policy`, { role: role.name, policy }, { parent: this });
    }
    for (const cluster of args.clusters) {
      new PodIdentityAssociation(
        `${name}-${cluster.name}`,
        {
          clusterName: cluster.eksName,
          namespace: args.namespace,
          serviceAccount: args.serviceAccount,
          roleArn: role.arn,
        },
        { parent: this },
      );
    }
    this.roleArn = role.arn;
    this.registerOutputs({ roleArn: this.roleArn });
  }
}
