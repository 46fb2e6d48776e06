import { isObject } from "../../plugin/property-values.ts";
import type { ResourceRule, ResourceRules, Scope } from "../resource-rule.ts";

const CLUSTER = "aws:eks/cluster:Cluster";
const ROLE = "aws:iam/role:Role";
const SUBNET = "aws:ec2/subnet:Subnet";
const SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup";

const arn = (scope: Scope, rest: string): string =>
  `arn:${scope.partition}:eks:${scope.region}:${scope.account}:${rest}`;
const uuid = (scope: Scope): string => [8, 4, 4, 4, 12].map((length) => scope.hex(length)).join("-");
const inCluster = (scope: Scope, kind: string, name: string): string =>
  arn(scope, `${kind}/${scope.text("clusterName")}/${name}/${uuid(scope)}`);

/** Source: Amazon EKS API reference; types and outputs of @pulumi/aws 7. Endpoint and certificate come from the local control plane. */
export const eks: ResourceRules = {
  [CLUSTER]: {
    name: "name",
    id: (scope) => scope.name,
    outputs: (scope) => ({
      arn: arn(scope, `cluster/${scope.name}`),
      createdAt: new Date().toISOString(),
      platformVersion: "eks.1",
      status: "ACTIVE",
      version: "1.36",
      identities: [
        {
          oidcs: [
            { issuer: `https://oidc.eks.${scope.region}.amazonaws.com/id/${scope.hex(32).toUpperCase()}` },
          ],
        },
      ],
      vpcConfig: {
        clusterSecurityGroupId: `sg-0${scope.hex(16)}`,
        endpointPrivateAccess: false,
        endpointPublicAccess: true,
      },
      accessConfig: { authenticationMode: "CONFIG_MAP", bootstrapClusterCreatorAdminPermissions: true },
      kubernetesNetworkConfig: { ipFamily: "ipv4", serviceIpv4Cidr: "172.20.0.0/16" },
    }),
    required: ["roleArn", "vpcConfig"],
    immutable: ["name", "roleArn", "encryptionConfig", "kubernetesNetworkConfig"],
    references: {
      roleArn: { to: [ROLE] },
      "vpcConfig.subnetIds": { to: [SUBNET], blocksDeletion: true },
      "vpcConfig.securityGroupIds": { to: [SECURITY_GROUP], blocksDeletion: true },
      "encryptionConfig.provider.keyArn": { to: ["aws:kms/key:Key"] },
    },
    deletionProtection: ["deletionProtection"],
  },
  "aws:eks/nodeGroup:NodeGroup": {
    name: "nodeGroupName",
    unique: ["clusterName", "nodeGroupName"],
    id: (scope) => `${scope.text("clusterName")}:${scope.name}`,
    outputs: (scope) => ({
      arn: inCluster(scope, "nodegroup", scope.name),
      status: "ACTIVE",
      amiType: "AL2023_x86_64_STANDARD",
      capacityType: "ON_DEMAND",
      diskSize: 20,
      resources: [{ autoscalingGroups: [{ name: `eks-${scope.name}-${uuid(scope)}` }] }],
    }),
    required: ["clusterName", "nodeRoleArn", "scalingConfig", "subnetIds"],
    immutable: [
      "clusterName",
      "nodeGroupName",
      "nodeGroupNamePrefix",
      "nodeRoleArn",
      "subnetIds",
      "instanceTypes",
      "amiType",
      "capacityType",
      "diskSize",
      "remoteAccess",
    ],
    references: {
      clusterName: { to: [CLUSTER], blocksDeletion: true },
      nodeRoleArn: { to: [ROLE] },
      subnetIds: { to: [SUBNET], blocksDeletion: true },
      "launchTemplate.id": { to: ["aws:ec2/launchTemplate:LaunchTemplate"], blocksDeletion: true },
    },
    refused: ({ scalingConfig }) => refusedScaling(scalingConfig),
  },
  "aws:eks/addon:Addon": {
    unique: ["clusterName", "addonName"],
    id: (scope) => `${scope.text("clusterName")}:${scope.text("addonName")}`,
    outputs: (scope) => ({
      arn: inCluster(scope, "addon", scope.text("addonName")),
      createdAt: new Date().toISOString(),
      modifiedAt: new Date().toISOString(),
    }),
    required: ["addonName", "clusterName"],
    immutable: ["addonName", "clusterName"],
    references: {
      clusterName: { to: [CLUSTER] },
      serviceAccountRoleArn: { to: [ROLE] },
      "podIdentityAssociations.roleArn": { to: [ROLE] },
    },
  },
  "aws:eks/accessEntry:AccessEntry": {
    unique: ["clusterName", "principalArn"],
    id: (scope) => `${scope.text("clusterName")}:${scope.text("principalArn")}`,
    outputs: (scope) => ({
      accessEntryArn: inCluster(scope, "access-entry", `role/${scope.account}`),
      createdAt: new Date().toISOString(),
      modifiedAt: new Date().toISOString(),
      type: "STANDARD",
      userName: scope.text("principalArn"),
    }),
    required: ["clusterName", "principalArn"],
    immutable: ["clusterName", "principalArn", "type"],
    references: { clusterName: { to: [CLUSTER] }, principalArn: { to: [ROLE] } },
    aliases: ["principalArn"],
  },
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": {
    unique: ["clusterName", "principalArn", "policyArn"],
    untagged: true,
    id: (scope) => `${scope.text("clusterName")}#${scope.text("principalArn")}#${scope.text("policyArn")}`,
    outputs: () => ({ associatedAt: new Date().toISOString(), modifiedAt: new Date().toISOString() }),
    required: ["accessScope", "clusterName", "policyArn", "principalArn"],
    immutable: ["accessScope", "clusterName", "policyArn", "principalArn"],
    references: {
      clusterName: { to: [CLUSTER] },
      principalArn: { to: ["aws:eks/accessEntry:AccessEntry"] },
    },
  },
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": {
    unique: ["clusterName", "namespace", "serviceAccount"],
    id: (scope) => `a-${scope.hex(17)}`,
    outputs: (scope) => ({
      associationArn: arn(scope, `podidentityassociation/${scope.text("clusterName")}/${scope.id}`),
      associationId: scope.id,
      externalId: uuid(scope),
    }),
    required: ["clusterName", "namespace", "roleArn", "serviceAccount"],
    immutable: ["clusterName", "namespace", "serviceAccount"],
    references: { clusterName: { to: [CLUSTER] }, roleArn: { to: [ROLE] } },
  },
  "aws:eks/fargateProfile:FargateProfile": {
    name: "fargateProfileName",
    unique: ["clusterName", "fargateProfileName"],
    id: (scope) => `${scope.text("clusterName")}:${scope.name}`,
    outputs: (scope) => ({ arn: inCluster(scope, "fargateprofile", scope.name), status: "ACTIVE" }),
    required: ["clusterName", "podExecutionRoleArn", "selectors"],
    immutable: ["clusterName", "fargateProfileName", "podExecutionRoleArn", "selectors", "subnetIds"],
    references: { clusterName: { to: [CLUSTER], blocksDeletion: true }, podExecutionRoleArn: { to: [ROLE] } },
  },
};

/** The Auto Scaling group behind a node group takes no size out of its bounds. */
function refusedScaling(scalingConfig: unknown): ReturnType<NonNullable<ResourceRule["refused"]>> {
  if (!isObject(scalingConfig)) return undefined;
  const { minSize, maxSize, desiredSize } = scalingConfig;
  const sizes = [minSize, desiredSize, maxSize].map(Number);
  if (sizes.some(Number.isNaN) || isSorted(sizes)) return undefined;
  const reason = `InvalidParameterException: desired capacity ${String(desiredSize)} is not between ${String(minSize)} and ${String(maxSize)}`;
  return { property: "scalingConfig", reason };
}

function isSorted(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || (numbers[index - 1] ?? number) <= number);
}
