import { createHash } from "node:crypto";
import type { IdentifiedScope, ResourceRule, ResourceRules } from "../resource-rule.ts";

const VPC = "aws:ec2/vpc:Vpc";
const SUBNET = "aws:ec2/subnet:Subnet";
const SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup";
const ROUTE_TABLE = "aws:ec2/routeTable:RouteTable";
const EIP = "aws:ec2/eip:Eip";

/** A type whose ids AWS draws: `<prefix>-` and 17 digits, under an ARN of the same end. */
function drawn(prefix: string, kind: string, rule: Omit<ResourceRule, "id"> = {}): ResourceRule {
  return {
    ...rule,
    id: (scope) => `${prefix}-0${scope.hex(16)}`,
    outputs: (scope) => ({ arn: arn(scope, kind), ownerId: scope.account, ...rule.outputs?.(scope) }),
  };
}

function arn(scope: IdentifiedScope, kind: string): string {
  return `arn:${scope.partition}:ec2:${scope.region}:${scope.account}:${kind}/${scope.id}`;
}

/** The id of a route is computed from the route, so that the same route in the same table is the same resource. */
function routeId(table: string, destination: string): string {
  return `r-${table}${createHash("sha256").update(destination).digest().readUInt32BE(0)}`;
}

const DESTINATIONS = ["destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"] as const;
const securityGroupRule: Omit<ResourceRule, "id"> = {
  required: ["ipProtocol", "securityGroupId"],
  immutable: ["securityGroupId"],
  references: {
    securityGroupId: { to: [SECURITY_GROUP] },
    referencedSecurityGroupId: { to: [SECURITY_GROUP], blocksDeletion: true },
  },
  outputs: (scope) => ({ securityGroupRuleId: scope.id }),
};

/** Source: Amazon EC2 API reference; types and outputs of @pulumi/aws 7. */
export const ec2: ResourceRules = {
  [VPC]: drawn("vpc", "vpc", {
    immutable: ["cidrBlock", "instanceTenancy", "ipv4IpamPoolId"],
    outputs: (scope) => ({
      defaultNetworkAclId: `acl-0${scope.hex(16)}`,
      defaultRouteTableId: `rtb-0${scope.hex(16)}`,
      defaultSecurityGroupId: `sg-0${scope.hex(16)}`,
      dhcpOptionsId: `dopt-0${scope.hex(16)}`,
      mainRouteTableId: `rtb-0${scope.hex(16)}`,
      enableDnsSupport: true,
      enableDnsHostnames: false,
      instanceTenancy: "default",
    }),
  }),
  [SUBNET]: drawn("subnet", "subnet", {
    unique: ["vpcId", "cidrBlock"],
    required: ["vpcId"],
    immutable: ["vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId"],
    references: { vpcId: { to: [VPC], blocksDeletion: true } },
    outputs: (scope) => ({
      availabilityZone: `${scope.region}a`,
      mapPublicIpOnLaunch: false,
    }),
  }),
  "aws:ec2/internetGateway:InternetGateway": drawn("igw", "internet-gateway", {
    references: { vpcId: { to: [VPC], blocksDeletion: true } },
  }),
  "aws:ec2/natGateway:NatGateway": drawn("nat", "natgateway", {
    immutable: ["subnetId", "allocationId", "connectivityType"],
    references: {
      subnetId: { to: [SUBNET], blocksDeletion: true },
      allocationId: { to: [EIP], blocksDeletion: true },
    },
    outputs: (scope) => ({
      connectivityType: "public",
      networkInterfaceId: `eni-0${scope.hex(16)}`,
      associationId: `eipassoc-0${scope.hex(16)}`,
      publicIp: address(scope),
    }),
  }),
  [EIP]: drawn("eipalloc", "elastic-ip", {
    immutable: ["domain"],
    outputs: (scope) => ({ allocationId: scope.id, domain: "vpc", publicIp: address(scope) }),
  }),
  [ROUTE_TABLE]: drawn("rtb", "route-table", {
    required: ["vpcId"],
    immutable: ["vpcId"],
    references: { vpcId: { to: [VPC], blocksDeletion: true } },
  }),
  "aws:ec2/route:Route": {
    unique: ["routeTableId", ...DESTINATIONS],
    untagged: true,
    id: (scope) => routeId(scope.text("routeTableId"), DESTINATIONS.map((name) => scope.text(name)).join("")),
    required: ["routeTableId"],
    immutable: ["routeTableId", ...DESTINATIONS],
    references: {
      routeTableId: { to: [ROUTE_TABLE] },
      gatewayId: { to: ["aws:ec2/internetGateway:InternetGateway"] },
      natGatewayId: { to: ["aws:ec2/natGateway:NatGateway"] },
    },
    outputs: () => ({ origin: "CreateRoute", state: "active" }),
  },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": {
    unique: ["subnetId", "gatewayId"],
    untagged: true,
    id: (scope) => `rtbassoc-0${scope.hex(16)}`,
    required: ["routeTableId"],
    immutable: ["subnetId", "gatewayId"],
    references: {
      routeTableId: { to: [ROUTE_TABLE], blocksDeletion: true },
      subnetId: { to: [SUBNET] },
    },
  },
  [SECURITY_GROUP]: drawn("sg", "security-group", {
    name: "name",
    unique: ["vpcId", "name"],
    immutable: ["name", "namePrefix", "vpcId", "description"],
    references: { vpcId: { to: [VPC], blocksDeletion: true } },
    outputs: () => ({ description: "Managed by Pulumi" }),
  }),
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": drawn("sg", "security-group", { unique: ["vpcId"] }),
  "aws:ec2/securityGroupRule:SecurityGroupRule": {
    untagged: true,
    id: (scope) => `sgrule-${scope.hex(8)}`,
    required: ["fromPort", "protocol", "securityGroupId", "toPort", "type"],
    immutable: [
      "fromPort",
      "toPort",
      "protocol",
      "securityGroupId",
      "type",
      "cidrBlocks",
      "sourceSecurityGroupId",
      "self",
    ],
    references: {
      securityGroupId: { to: [SECURITY_GROUP] },
      sourceSecurityGroupId: { to: [SECURITY_GROUP], blocksDeletion: true },
    },
    outputs: (scope) => ({ securityGroupRuleId: `sgr-0${scope.hex(16)}` }),
  },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": drawn(
    "sgr",
    "security-group-rule",
    securityGroupRule,
  ),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": drawn(
    "sgr",
    "security-group-rule",
    securityGroupRule,
  ),
  "aws:ec2/vpcEndpoint:VpcEndpoint": drawn("vpce", "vpc-endpoint", {
    required: ["vpcId"],
    immutable: ["vpcId", "serviceName", "vpcEndpointType"],
    references: {
      vpcId: { to: [VPC], blocksDeletion: true },
      subnetIds: { to: [SUBNET], blocksDeletion: true },
      securityGroupIds: { to: [SECURITY_GROUP], blocksDeletion: true },
      routeTableIds: { to: [ROUTE_TABLE] },
    },
    policies: ["policy"],
    outputs: () => ({ state: "available", vpcEndpointType: "Gateway", requesterManaged: false }),
  }),
  "aws:ec2/flowLog:FlowLog": drawn("fl", "vpc-flow-log", {
    immutable: [
      "vpcId",
      "subnetId",
      "eniId",
      "logDestination",
      "logDestinationType",
      "trafficType",
      "iamRoleArn",
    ],
    references: { vpcId: { to: [VPC] }, iamRoleArn: { to: ["aws:iam/role:Role"] } },
  }),
  "aws:ec2/launchTemplate:LaunchTemplate": drawn("lt", "launch-template", {
    name: "name",
    immutable: ["name", "namePrefix"],
    outputs: () => ({ latestVersion: 1, defaultVersion: 1 }),
  }),
  "aws:ec2/tag:Tag": {
    unique: ["resourceId", "key"],
    untagged: true,
    id: (scope) => `${scope.text("resourceId")},${scope.text("key")}`,
    required: ["key", "resourceId", "value"],
    immutable: ["key", "resourceId"],
  },
};

/** From the block that RFC 5737 keeps for documentation. */
function address(scope: IdentifiedScope): string {
  return `203.0.113.${1 + (Number.parseInt(scope.hex(2), 16) % 254)}`;
}
