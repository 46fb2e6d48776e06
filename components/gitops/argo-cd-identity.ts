import { PodIdentityAssociation } from "@pulumi/aws/eks/podIdentityAssociation.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { ARGOCD_NAMESPACE, CLUSTER_FACING_SERVICE_ACCOUNTS } from "../../manifests/argocd/argo-cd.ts";
import { managementPolicy } from "../../manifests/iam/argo-cd.ts";
import { podIdentityTrust } from "../../manifests/iam/trust.ts";
import { managementRoleName } from "../../model/naming.ts";
import { partitionOf } from "../../model/partition.ts";

/** Whose Argo CD it is. */
export interface ArgoCdIdentityArgs {
  readonly environment: string;
  readonly accountId: string;
  readonly region: string;
  /** Name in EKS of the cluster that Argo CD runs on. */
  readonly clusterName: pulumi.Input<string>;
}

/** The management role of Argo CD: what its pods have in AWS, from which they assume the role of each cluster. */
export class ArgoCdIdentity extends pulumi.ComponentResource {
  readonly roleArn: pulumi.Output<string>;

  constructor(name: string, args: ArgoCdIdentityArgs, options?: pulumi.ComponentResourceOptions) {
    super("haulway:gitops:ArgoCdIdentity", name, {}, options);
    const role = new Role(
      `${name}-role`,
      {
        name: managementRoleName(args.environment),
        description: `Argo CD of environment ${args.environment}`,
        assumeRolePolicy: pulumi.output(args.clusterName).apply((clusterName) =>
          podIdentityTrust({
            clusterNames: [clusterName],
            namespace: ARGOCD_NAMESPACE,
            serviceAccounts: CLUSTER_FACING_SERVICE_ACCOUNTS,
          }),
        ),
      },
      { parent: this },
    );
    new RolePolicy(
      `${name}-policy`,
      {
        role: role.name,
        policy: managementPolicy(args.environment, args.accountId, partitionOf(args.region)),
      },
      { parent: this },
    );
    for (const serviceAccount of CLUSTER_FACING_SERVICE_ACCOUNTS) {
      new PodIdentityAssociation(
        `${name}-${serviceAccount}`,
        { clusterName: args.clusterName, namespace: ARGOCD_NAMESPACE, serviceAccount, roleArn: role.arn },
        { parent: this },
      );
    }
    this.roleArn = role.arn;
    this.registerOutputs({ roleArn: this.roleArn });
  }
}
