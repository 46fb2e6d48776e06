import { DefaultSecurityGroup } from "@pulumi/aws/ec2/defaultSecurityGroup.js";
import { Eip } from "@pulumi/aws/ec2/eip.js";
import { InternetGateway } from "@pulumi/aws/ec2/internetGateway.js";
import { NatGateway } from "@pulumi/aws/ec2/natGateway.js";
import { Route } from "@pulumi/aws/ec2/route.js";
import { RouteTable } from "@pulumi/aws/ec2/routeTable.js";
import { RouteTableAssociation } from "@pulumi/aws/ec2/routeTableAssociation.js";
import { Subnet } from "@pulumi/aws/ec2/subnet.js";
import { Vpc } from "@pulumi/aws/ec2/vpc.js";
import * as pulumi from "@pulumi/pulumi";
import { planSubnets, type ZoneSubnets } from "../../manifests/network/subnet-plan.ts";
import type { ClusterSpec } from "../../model/environment.ts";
import { FlowLogs } from "./flow-logs.ts";
import { VpcEndpoints } from "./vpc-endpoints.ts";

const ANYWHERE = "0.0.0.0/0";

/** The network of one cluster. */
export interface ClusterNetworkArgs {
  /** Block of the VPC, number of zones, kind of NAT, endpoints and flow logs, as the environment file has them. */
  readonly network: ClusterSpec["network"];
  /** Name in EKS of the cluster that the network is for; the AWS console shows it, and Karpenter finds its subnets by it. */
  readonly clusterName: string;
  readonly accountId: string;
  readonly region: string;
  /** Names of the availability zones, as many as the network has. Letters have gaps: some accounts have no `a` in some regions. */
  readonly zoneNames: readonly string[];
}

/** The ids of a network's parts. Subnets are one for each zone, in the order of the zones. */
export interface ClusterNetworkIds {
  readonly vpcId: pulumi.Output<string>;
  readonly privateSubnetIds: readonly pulumi.Output<string>[];
  readonly publicSubnetIds: readonly pulumi.Output<string>[];
  /** Subnets that nothing leads out of, for the network interfaces of the control plane. */
  readonly intraSubnetIds: readonly pulumi.Output<string>[];
  /** The routes out of the subnets, which no id stands for: nodes need them from their first start until they are gone. */
  readonly egress: readonly pulumi.Resource[];
}

/** What a subnet is for, and the tag by which load balancers of its kind find it. */
const SUBNET_KINDS = {
  public: { cidr: "publicCidr", tags: { "kubernetes.io/role/elb": "1" } },
  private: { cidr: "privateCidr", tags: { "kubernetes.io/role/internal-elb": "1" } },
  intra: { cidr: "intraCidr", tags: {} },
} as const;

/**
 * A VPC for one cluster: in each zone a private subnet, where nodes and pods are, a public one for internet-facing load balancers
 * and NAT gateways, and an intra one, without a way out, for the control plane. What leaves the cluster leaves through NAT, or
 * through an endpoint to S3 and, by setting, to other services; nothing reaches a node from outside.
 */
export class ClusterNetwork extends pulumi.ComponentResource {
  readonly ids: ClusterNetworkIds;
  readonly #name: string;

  constructor(name: string, args: ClusterNetworkArgs, options?: pulumi.ComponentResourceOptions) {
    super("haulway:network:ClusterNetwork", name, {}, options);
    this.#name = name;
    const plan = planSubnets(args.network.cidr, args.network.zones);
    const vpc = new Vpc(
      `${name}-vpc`,
      {
        cidrBlock: args.network.cidr,
        enableDnsHostnames: true,
        enableDnsSupport: true,
        tags: { Name: args.clusterName },
      },
      { parent: this },
    );
    const gateway = new InternetGateway(
      `${name}-internet-gateway`,
      { vpcId: vpc.id, tags: { Name: args.clusterName } },
      { parent: this },
    );
    // Allows nothing, unlike the one that every VPC has from the start: what names no group of its own is cut off.
    new DefaultSecurityGroup(
      `${name}-default-security-group`,
      { vpcId: vpc.id, tags: { Name: `${args.clusterName}-default` } },
      { parent: this },
    );

    const publicSubnets = this.#subnets("public", plan, args, vpc);
    const publicRoutes = this.#routeTable("public", args.clusterName, vpc);
    const publicRoute = new Route(
      `${name}-public-internet`,
      { routeTableId: publicRoutes.id, destinationCidrBlock: ANYWHERE, gatewayId: gateway.id },
      { parent: this },
    );
    const publicEgress = publicSubnets.map(({ zone, subnet }) =>
      this.#associate(`public-${zone}`, subnet, publicRoutes),
    );

    const privateSubnets = this.#subnets("private", plan, args, vpc);
    const natGateways = publicSubnets
      .slice(0, args.network.natGateways === "perZone" ? undefined : 1)
      .map(({ zone, subnet }) => this.#natGateway(zone, subnet, args.clusterName, gateway));
    const privateRoutes = privateSubnets.map(({ zone }) =>
      this.#routeTable(`private-${zone}`, args.clusterName, vpc),
    );
    const privateEgress = privateRoutes.flatMap((routes, index) => {
      const { zone, subnet } = at(privateSubnets, index);
      const nat = natGateways[index] ?? natGateways[0];
      const route = new Route(
        `${name}-private-${zone}-internet`,
        { routeTableId: routes.id, destinationCidrBlock: ANYWHERE, natGatewayId: nat?.id },
        { parent: this },
      );
      return [route, this.#associate(`private-${zone}`, subnet, routes)];
    });

    const intraSubnets = this.#subnets("intra", plan, args, vpc);
    const intraRoutes = this.#routeTable("intra", args.clusterName, vpc);
    for (const { zone, subnet } of intraSubnets) this.#associate(`intra-${zone}`, subnet, intraRoutes);

    new VpcEndpoints(
      name,
      {
        network: args.network,
        clusterName: args.clusterName,
        region: args.region,
        vpcId: vpc.id,
        subnetIds: privateSubnets.map(({ subnet }) => subnet.id),
        routeTableIds: [...privateRoutes, intraRoutes].map(({ id }) => id),
      },
      { parent: this },
    );
    if (args.network.flowLogs !== undefined) {
      const { retentionDays } = args.network.flowLogs;
      const { clusterName, accountId } = args;
      new FlowLogs(name, { vpcId: vpc.id, clusterName, retentionDays, accountId }, { parent: this });
    }

    const ids = {
      vpcId: vpc.id,
      privateSubnetIds: privateSubnets.map(({ subnet }) => subnet.id),
      publicSubnetIds: publicSubnets.map(({ subnet }) => subnet.id),
      intraSubnetIds: intraSubnets.map(({ subnet }) => subnet.id),
    };
    this.ids = { ...ids, egress: [publicRoute, ...publicEgress, ...privateEgress] };
    this.registerOutputs({ ids });
  }

  /** One subnet in each zone. */
  #subnets(
    kind: keyof typeof SUBNET_KINDS,
    plan: readonly ZoneSubnets[],
    { clusterName, zoneNames }: ClusterNetworkArgs,
    vpc: Vpc,
  ): { zone: string; subnet: Subnet }[] {
    const { cidr, tags } = SUBNET_KINDS[kind];
    return plan.map((zoneSubnets, index) => ({
      zone: zoneSubnets.zone,
      subnet: new Subnet(
        `${this.#name}-${kind}-${zoneSubnets.zone}`,
        {
          vpcId: vpc.id,
          cidrBlock: zoneSubnets[cidr],
          availabilityZone: at(zoneNames, index),
          tags: {
            Name: `${clusterName}-${kind}-${zoneSubnets.zone}`,
            ...tags,
            ...(kind === "private" ? { "karpenter.sh/discovery": clusterName } : {}),
          },
        },
        { parent: this },
      ),
    }));
  }

  #routeTable(suffix: string, clusterName: string, vpc: Vpc): RouteTable {
    return new RouteTable(
      `${this.#name}-${suffix}-routes`,
      { vpcId: vpc.id, tags: { Name: `${clusterName}-${suffix}` } },
      { parent: this },
    );
  }

  #associate(suffix: string, subnet: Subnet, routes: RouteTable): RouteTableAssociation {
    return new RouteTableAssociation(
      `${this.#name}-${suffix}-association`,
      { subnetId: subnet.id, routeTableId: routes.id },
      { parent: this },
    );
  }

  #natGateway(zone: string, subnet: Subnet, clusterName: string, gateway: InternetGateway): NatGateway {
    const tags = { Name: `${clusterName}-nat-${zone}` };
    const address = new Eip(`${this.#name}-nat-${zone}-address`, { domain: "vpc", tags }, { parent: this });
    return new NatGateway(
      `${this.#name}-nat-${zone}`,
      { allocationId: address.allocationId, subnetId: subnet.id, tags },
      // A NAT gateway without a way out fails to start; AWS does not see the connection by itself.
      { parent: this, dependsOn: [gateway] },
    );
  }
}

/** One item for each zone: whoever made the list has as many. */
function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new Error(`There is nothing for zone ${index + 1} of the network.`);
  return item;
}
