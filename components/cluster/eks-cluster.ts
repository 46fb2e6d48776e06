// Registers the classes of `aws:eks`, without which the SDK gives a cluster that another plugin made as a mere id.
import "@pulumi/aws/eks/index.js";
import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import { LaunchTemplate } from "@pulumi/aws/ec2/launchTemplate.js";
import { Tag } from "@pulumi/aws/ec2/tag.js";
import { AccessEntry } from "@pulumi/aws/eks/accessEntry.js";
import { AccessPolicyAssociation } from "@pulumi/aws/eks/accessPolicyAssociation.js";
import { NodeGroup } from "@pulumi/aws/eks/nodeGroup.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment.js";
import { Alias } from "@pulumi/aws/kms/alias.js";
import { Key } from "@pulumi/aws/kms/key.js";
import { Cluster } from "@pulumi/eks/cluster.js";
import * as pulumi from "@pulumi/pulumi";
import { NODE_LAUNCH_TEMPLATE } from "../../manifests/cluster/launch-template.ts";
import { nodeImageType } from "../../manifests/cluster/node-group.ts";
import { clusterAdminPolicyArn } from "../../manifests/iam/argo-cd.ts";
import { serviceTrust } from "../../manifests/iam/trust.ts";
import type { ClusterSpec } from "../../model/environment.ts";
import { managedPolicyArn, type Partition, partitionOf } from "../../model/partition.ts";
import { ClusterAddons } from "./cluster-addons.ts";

/** One EKS cluster and its nodes. */
export interface EksClusterArgs {
  /** Name in EKS. */
  readonly clusterName: string;
  readonly region: string;
  /** Version, nodes, access and logs, as the environment file has them. */
  readonly cluster: ClusterSpec;
  /** Whether the group keeps as many nodes as an autoscaler gave it. False sets it to the fewest, which EKS demands when they are raised. */
  readonly keepsNodeCount: boolean;
  readonly vpcId: pulumi.Input<string>;
  /** Subnets of the nodes and pods. */
  readonly privateSubnetIds: readonly pulumi.Input<string>[];
  /** Subnets of the control plane's network interfaces. */
  readonly intraSubnetIds: readonly pulumi.Input<string>[];
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

/** How many days a key can be brought back for after the cluster is gone, and with it what is left of its secrets. */
const KEY_DELETION_DAYS = 30;

/**
 * An EKS cluster with one managed node group in the private subnets and its add-ons. Access entries alone decide who gets in:
 * those of the administrators, and the one that EKS makes for whoever creates the cluster (`@pulumi/eks` has no setting for it),
 * which is the role that deploys and that its kubeconfig relies on. Kubernetes' secrets are encrypted with a key of the cluster's
 * own.
 */
export class EksCluster extends pulumi.ComponentResource {
  readonly connection: ClusterConnection;
  /** What the next update is judged by: the version that the control plane has, and the fewest nodes of the group. */
  readonly deployed: {
    readonly kubernetesVersion: pulumi.Output<string>;
    readonly minNodes: pulumi.Output<number>;
  };
  readonly #name: string;
  readonly #partition: Partition;

  constructor(name: string, args: EksClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("haulway:cluster:EksCluster", name, {}, options);
    this.#name = name;
    this.#partition = partitionOf(args.region);
    const spec = args.cluster;
    const cluster = this.#controlPlane(args);
    const { eksCluster } = cluster;
    const clusterName = eksCluster.name;
    this.#administrators(clusterName, spec.administrators);
    new Tag(
      `${name}-security-group-discovery`,
      {
        // Of the security group that EKS itself makes, since the plugin is to make none.
        resourceId: cluster.clusterSecurityGroupId,
        key: "karpenter.sh/discovery",
        value: args.clusterName,
      },
      { parent: this },
    );
    const addons = new ClusterAddons(
      name,
      { clusterName, kubernetesVersion: spec.kubernetesVersion, partition: this.#partition },
      { parent: this },
    );
    const nodes = this.#nodeGroup(args, clusterName, addons.beforeNodes);
    addons.startOn(nodes);

    this.deployed = { kubernetesVersion: eksCluster.version, minNodes: nodes.scalingConfig.minSize };

    this.connection = {
      name: clusterName,
      arn: eksCluster.arn,
      endpoint: eksCluster.endpoint,
      certificateAuthority: eksCluster.certificateAuthority.data,
      kubeconfig: pulumi.secret(cluster.kubeconfigJson),
    };
    this.registerOutputs({ connection: this.connection, deployed: this.deployed });
  }

  #controlPlane(args: EksClusterArgs): Cluster {
    const { endpoint, controlPlaneLogs, kubernetesVersion, deletionProtection } = args.cluster;
    const role = this.#serviceRole("cluster", "eks.amazonaws.com", CLUSTER_POLICIES);
    const key = new Key(
      `${this.#name}-secrets-key`,
      {
        description: `Secrets of Kubernetes on cluster ${args.clusterName}`,
        enableKeyRotation: true,
        deletionWindowInDays: KEY_DELETION_DAYS,
      },
      { parent: this },
    );
    new Alias(
      `${this.#name}-secrets-key-alias`,
      { name: `alias/haulway/${args.clusterName}`, targetKeyId: key.keyId },
      { parent: this },
    );
    const logGroup = new LogGroup(
      `${this.#name}-control-plane-logs`,
      // EKS would make a group of this name itself, which keeps everything for ever.
      { name: `/aws/eks/${args.clusterName}/cluster`, retentionInDays: controlPlaneLogs.retentionDays },
      { parent: this },
    );
    return new Cluster(
      `${this.#name}-cluster`,
      {
        name: args.clusterName,
        version: kubernetesVersion,
        authenticationMode: "API",
        vpcId: args.vpcId,
        subnetIds: [...args.intraSubnetIds],
        endpointPrivateAccess: true,
        endpointPublicAccess: endpoint.access === "public",
        publicAccessCidrs:
          endpoint.publicAccessCidrs === undefined ? undefined : [...endpoint.publicAccessCidrs],
        encryptionConfigKeyArn: key.arn,
        enabledClusterLogTypes: [...controlPlaneLogs.types],
        deletionProtection,
        serviceRole: role.role,
        // Nodes come as a managed node group, in the security group that EKS itself makes for the cluster.
        skipDefaultNodeGroup: true,
        skipDefaultSecurityGroups: true,
        // ClusterAddons has them all, in versions that belong to each other.
        useDefaultVpcCni: true,
        kubeProxyAddonOptions: { enabled: false },
        corednsAddonOptions: { enabled: false },
        // Required beside an explicit AWS provider. Empty: the kubeconfig uses the credentials of whoever runs Pulumi.
        providerCredentialOpts: {},
      },
      { parent: this, dependsOn: [...role.attachments, logGroup] },
    );
  }

  #administrators(clusterName: pulumi.Output<string>, roleArns: readonly string[]): void {
    for (const principalArn of roleArns) {
      const suffix = `administrator-${principalArn.replace(/^arn:.*:iam::(\d+):role\//, "$1/")}`;
      const entry = new AccessEntry(
        `${this.#name}-${suffix}`,
        { clusterName, principalArn, type: "STANDARD" },
        { parent: this },
      );
      new AccessPolicyAssociation(
        `${this.#name}-${suffix}-policy`,
        {
          clusterName,
          principalArn,
          policyArn: clusterAdminPolicyArn(this.#partition),
          accessScope: { type: "cluster" },
        },
        { parent: this, dependsOn: [entry] },
      );
    }
  }

  #nodeGroup(
    args: EksClusterArgs,
    clusterName: pulumi.Output<string>,
    addons: readonly pulumi.Resource[],
  ): NodeGroup {
    const { nodes, kubernetesVersion } = args.cluster;
    const { metadataOptions, blockDeviceMappings } = NODE_LAUNCH_TEMPLATE;
    const role = this.#serviceRole("node", "ec2.amazonaws.com", NODE_POLICIES);
    const template = new LaunchTemplate(
      `${this.#name}-nodes-template`,
      {
        metadataOptions,
        blockDeviceMappings: [...blockDeviceMappings],
        updateDefaultVersion: true,
        tagSpecifications: ["instance", "volume"].map((resourceType) => ({
          resourceType,
          tags: { Name: `${args.clusterName}-node` },
        })),
      },
      { parent: this },
    );
    return new NodeGroup(
      `${this.#name}-nodes`,
      {
        clusterName,
        version: kubernetesVersion,
        nodeRoleArn: role.role.arn,
        subnetIds: [...args.privateSubnetIds],
        amiType: nodeImageType(nodes.instanceTypes),
        instanceTypes: [...nodes.instanceTypes],
        launchTemplate: { id: template.id, version: pulumi.interpolate`${template.latestVersion}` },
        scalingConfig: { minSize: nodes.min, maxSize: nodes.max, desiredSize: nodes.min },
        updateConfig: { maxUnavailable: 1 },
      },
      {
        parent: this,
        dependsOn: [...role.attachments, ...addons, ...args.egress],
        ignoreChanges: args.keepsNodeCount ? ["scalingConfig.desiredSize"] : [],
      },
    );
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
          { role: role.name, policyArn: managedPolicyArn(this.#partition, policy) },
          { parent: this },
        ),
    );
    return { role, attachments };
  }
}
