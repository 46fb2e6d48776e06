import { AccessEntry } from "@pulumi/aws/eks/accessEntry.js";
import { AccessPolicyAssociation } from "@pulumi/aws/eks/accessPolicyAssociation.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import * as pulumi from "@pulumi/pulumi";
import {
  type ClusterMetadata,
  clusterSecretMetadata,
  eksConnection,
} from "../../manifests/argocd/cluster-secret.ts";
import { clusterAdminPolicyArn } from "../../manifests/iam/argo-cd.ts";
import { roleTrust } from "../../manifests/iam/trust.ts";
import { clusterRoleName } from "../../model/naming.ts";
import { partitionOf } from "../../model/partition.ts";

/** A workload cluster that joins the fleet. */
export interface ClusterRegistrationArgs {
  /** What ApplicationSets may know of the cluster. */
  readonly cluster: ClusterMetadata;
  /** Name in EKS, known when the cluster exists. */
  readonly clusterName: pulumi.Input<string>;
  /** URL of the cluster's API server. */
  readonly endpoint: pulumi.Input<string>;
  /** Base64 of the PEM certificate that signed the API server's. */
  readonly certificateAuthority: pulumi.Input<string>;
  /** ARN of the role that Argo CD's pods have. */
  readonly managementRoleArn: pulumi.Input<string>;
}

/**
 * Makes a workload cluster known to Argo CD: a role that only Argo CD may assume and that administers the cluster, and the
 * cluster Secret on the platform cluster. Needs a Kubernetes provider for the platform cluster.
 */
export class ClusterRegistration extends pulumi.ComponentResource {
  constructor(name: string, args: ClusterRegistrationArgs, options?: pulumi.ComponentResourceOptions) {
    super("haulway:gitops:ClusterRegistration", name, {}, options);
    const { eksName } = args.cluster;
    const role = new Role(
      `${name}-role`,
      {
        name: clusterRoleName(args.cluster.environment, args.cluster.name),
        description: `Argo CD's access to cluster ${eksName}`,
        assumeRolePolicy: pulumi.output(args.managementRoleArn).apply(roleTrust),
      },
      { parent: this },
    );
    const entry = new AccessEntry(
      `${name}-access-entry`,
      { clusterName: args.clusterName, principalArn: role.arn, type: "STANDARD" },
      { parent: this },
    );
    const administrator = new AccessPolicyAssociation(
      `${name}-administrator`,
      {
        clusterName: args.clusterName,
        principalArn: role.arn,
        policyArn: clusterAdminPolicyArn(partitionOf(args.cluster.region)),
        accessScope: { type: "cluster" },
      },
      { parent: this, dependsOn: [entry] },
    );
    const connection = pulumi
      .all([args.endpoint, args.certificateAuthority, role.arn])
      .apply(([endpoint, certificateAuthority, roleArn]) =>
        eksConnection({ eksName, endpoint, certificateAuthority, roleArn }),
      );
    new Secret(
      `${name}-secret`,
      { metadata: clusterSecretMetadata(args.cluster), stringData: connection },
      // Argo CD connects as soon as it sees the Secret, and waits a while before it tries again.
      { parent: this, dependsOn: [administrator] },
    );
    this.registerOutputs({});
  }
}
