// Registers the classes of `aws:eks`, without which the SDK gives a cluster that another plugin made as a mere id.
import "@pulumi/aws/eks/index.js";
import { Addon } from "@pulumi/aws/eks/addon.js";
import { NodeGroup } from "@pulumi/aws/eks/nodeGroup.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment.js";
import { Cluster } from "@pulumi/eks/cluster.js";
import * as pulumi from "@pulumi/pulumi";
import { nodeImageType } from "../../manifests/cluster/node-group.ts";
import { serviceTrust } from "../../manifests/iam/trust.ts";
import type { ClusterSpec } from "../../model/environment.ts";

/** One EKS cluster and its nodes. */
export interface EksClusterArgs {
  /** Name in EKS. */
  readonly clusterName: string;
  /** Minor version of Kubernetes, such as `1.36`. */
  readonly kubernetesVersion: string;
  readonly nodes: ClusterSpec["nodes"];
  readonly vpcId: pulumi.Input<string>;
  readonly privateSubnetIds: readonly pulumi.Input<string>[];
  readonly publicSubnetIds: readonly pulumi.Input<string>[];
  /** What leads out of the private subnets. A node that cannot reach AWS and the registries never joins the cluster. */
  readonly egress: readonly pulumi.Resource[];
}

/** How to find a cluster and talk to it. */
export interface ClusterConnection {
  /** Name in EKS. */
  readonly name: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  /** URL of the API server. */
  readonly endpoint: pulumi.Output<string>;
  /** Base64 of the PEM certificate that signed the API server's. */
  readonly certificateAuthority: pulumi.Output<string>;
  /** Kubeconfig for whoever deployed the cluster, as JSON. Secret. */
  readonly kubeconfig: pulumi.Output<string>;
}

const CLUSTER_POLICIES = ["AmazonEKSClusterPolicy"] as const;

const NODE_POLICIES = [
  "AmazonEKSWorkerNodePolicy",
  "AmazonEKS_CNI_Policy",
  "AmazonEC2ContainerRegistryPullOnly",
] as const;

/** Add-ons that need nodes to run on. kube-proxy and the VPC CNI come with the cluster. */
const NODE_ADDONS = ["coredns", "eks-pod-identity-agent"] as const;

/**
 * An EKS cluster whose access is governed by access entries, with one managed node group in the private subnets and the agent
 * that gives pods their IAM roles.
 */
export class EksCluster extends pulumi.ComponentResource {
  readonly connection: ClusterConnection;
  readonly #name: string;

  constructor(name: string, args: EksClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("haulway:cluster:EksCluster", name, {}, options);
    this.#name = name;
    const clusterRole = this.#serviceRole("cluster", "eks.amazonaws.com", CLUSTER_POLICIES);
    const cluster = new Cluster(
      `${name}-cluster`,
      {
        name: args.clusterName,
        version: args.kubernetesVersion,
        authenticationMode: "API",
        vpcId: args.vpcId,
        privateSubnetIds: [...args.privateSubnetIds],
        publicSubnetIds: [...args.publicSubnetIds],
        endpointPrivateAccess: true,
        endpointPublicAccess: true,
        enabledClusterLogTypes: ["api", "audit", "authenticator"],
        serviceRole: clusterRole.role,
        // Nodes come as a managed node group, in the security group that EKS itself makes for the cluster.
        skipDefaultNodeGroup: true,
        skipDefaultSecurityGroups: true,
        // Required beside an explicit AWS provider. Empty: the kubeconfig uses the credentials of whoever runs Pulumi.
        providerCredentialOpts: {},
      },
      { parent: this, dependsOn: clusterRole.attachments },
    );
    const { eksCluster } = cluster;
    const clusterName = eksCluster.name;

    const nodeRole = this.#serviceRole("node", "ec2.amazonaws.com", NODE_POLICIES);
    const nodes = new NodeGroup(
      `${name}-nodes`,
      {
        clusterName,
        version: args.kubernetesVersion,
        nodeRoleArn: nodeRole.role.arn,
        subnetIds: [...args.privateSubnetIds],
        amiType: nodeImageType(args.nodes.instanceTypes),
        instanceTypes: [...args.nodes.instanceTypes],
        scalingConfig: { minSize: args.nodes.min, maxSize: args.nodes.max, desiredSize: args.nodes.min },
        updateConfig: { maxUnavailable: 1 },
      },
      {
        parent: this,
        dependsOn: [...nodeRole.attachments, ...args.egress],
        // How many nodes there are now is an autoscaler's business.
        ignoreChanges: ["scalingConfig.desiredSize"],
      },
    );
    for (const addonName of NODE_ADDONS) {
      new Addon(
        `${name}-${addonName}`,
        {
          clusterName,
          addonName,
          resolveConflictsOnCreate: "OVERWRITE",
          resolveConflictsOnUpdate: "OVERWRITE",
        },
        { parent: this, dependsOn: [nodes] },
      );
    }

    this.connection = {
      name: clusterName,
      arn: eksCluster.arn,
      endpoint: eksCluster.endpoint,
      certificateAuthority: eksCluster.certificateAuthority.data,
      kubeconfig: pulumi.secret(cluster.kubeconfigJson),
    };
    this.registerOutputs({ connection: this.connection });
  }

  /** A role for an AWS service, with policies that AWS manages. */
  #serviceRole(
    suffix: string,
    service: string,
    policies: readonly string[],
  ): { role: Role; attachments: RolePolicyAttachment[] } {
    const role = new Role(
      `${this.#name}-${suffix}-role`,
      { assumeRolePolicy: serviceTrust(service) },
      { parent: this },
    );
    const attachments = policies.map(
      (policy) =>
        new RolePolicyAttachment(
          `${this.#name}-${suffix}-${policy}`,
          { role: role.name, policyArn: `arn:aws:iam::aws:policy/${policy}` },
          { parent: this },
        ),
    );
    return { role, attachments };
  }
}
