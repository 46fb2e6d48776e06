import { Eip } from "@pulumi/aws/ec2/eip.js";
import { InternetGateway } from "@pulumi/aws/ec2/internetGateway.js";
import { NatGateway } from "@pulumi/aws/ec2/natGateway.js";
import { Route } from "@pulumi/aws/ec2/route.js";
import { RouteTable } from "@pulumi/aws/ec2/routeTable.js";
import { RouteTableAssociation } from "@pulumi/aws/ec2/routeTableAssociation.js";
import { Subnet } from "@pulumi/aws/ec2/subnet.js";
import { Vpc } from "@pulumi/aws/ec2/vpc.js";
import { getAvailabilityZonesOutput } from "@pulumi/aws/getAvailabilityZones.js";
import * as pulumi from "@pulumi/pulumi";
import { planSubnets, type ZoneSubnets } from "../../manifests/network/subnet-plan.ts";
import type { ClusterSpec } from "../../model/environment.ts";

const ANYWHERE = "0.0.0.0/0";

/**
 * Zones, by the ids that are the same in every account, in which the subnets of a cluster must not be.
 * https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
 */
const ZONES_WITHOUT_EKS = ["use1-az3", "usw1-az2", "cac1-az3"];

/** The network of one cluster. */
export interface ClusterNetworkArgs {
  /** Block of the VPC, number of zones and kind of NAT, as the environment file has them. */
  readonly network: ClusterSpec["network"];
  /** Name in EKS of the cluster that the network is for; the AWS console shows it. */
  readonly clusterName: string;
}

/** The ids of a network's parts. Subnets are one for each zone, in the order of the zones. */
export interface ClusterNetworkIds {
  readonly vpcId: pulumi.Output<string>;
  readonly privateSubnetIds: readonly pulumi.Output<string>[];
  readonly publicSubnetIds: readonly pulumi.Output<string>[];
  /** The routes out of the subnets, which no id stands for: nodes need them from their first start until they are gone. */
  readonly egress: readonly pulumi.Resource[];
}

/**
 * A VPC for one cluster: in each zone a private subnet, where nodes and pods are, and a public one for internet-facing load
 * balancers and NAT gateways. What leaves the cluster leaves through NAT; nothing reaches a node from outside.
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
    const zoneNames = availableZones(args.network.zones, this);

    const publicSubnets = this.#subnets("public", plan, args.clusterName, vpc, zoneNames);
    const publicRoutes = this.#routeTable("public", args.clusterName, vpc);
    const publicRoute = new Route(
      `${name}-public-internet`,
      { routeTableId: publicRoutes.id, destinationCidrBlock: ANYWHERE, gatewayId: gateway.id },
      { parent: this },
    );
    const publicEgress = publicSubnets.map(({ zone, subnet }) =>
      this.#associate(`public-${zone}`, subnet, publicRoutes),
    );

    const privateSubnets = this.#subnets("private", plan, args.clusterName, vpc, zoneNames);
    const natGateways = publicSubnets
      .slice(0, args.network.natGateways === "perZone" ? undefined : 1)
      .map(({ zone, subnet }) => this.#natGateway(zone, subnet, args.clusterName, gateway));
    const privateEgress = privateSubnets.flatMap(({ zone, subnet }, index) => {
      const routes = this.#routeTable(`private-${zone}`, args.clusterName, vpc);
      const nat = natGateways[index] ?? natGateways[0];
      const route = new Route(
        `${name}-private-${zone}-internet`,
        { routeTableId: routes.id, destinationCidrBlock: ANYWHERE, natGatewayId: nat?.id },
        { parent: this },
      );
      return [route, this.#associate(`private-${zone}`, subnet, routes)];
    });

    const ids = {
      vpcId: vpc.id,
      privateSubnetIds: privateSubnets.map(({ subnet }) => subnet.id),
      publicSubnetIds: publicSubnets.map(({ subnet }) => subnet.id),
    };
    this.ids = { ...ids, egress: [publicRoute, ...publicEgress, ...privateEgress] };
    this.registerOutputs({ ids });
  }

  /** One subnet in each zone, with the tag by which load balancers of its kind find it. */
  #subnets(
    kind: "public" | "private",
    plan: readonly ZoneSubnets[],
    clusterName: string,
    vpc: Vpc,
    zoneNames: pulumi.Output<string[]>,
  ): { zone: string; subnet: Subnet }[] {
    const roleTag = kind === "public" ? "kubernetes.io/role/elb" : "kubernetes.io/role/internal-elb";
    return plan.map(({ zone, publicCidr, privateCidr }, index) => ({
      zone,
      subnet: new Subnet(
        `${this.#name}-${kind}-${zone}`,
        {
          vpcId: vpc.id,
          cidrBlock: kind === "public" ? publicCidr : privateCidr,
          availabilityZone: zoneNames.apply((names) => names[index] ?? ""),
          tags: { Name: `${clusterName}-${kind}-${zone}`, [roleTag]: "1" },
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

/**
 * Names of the first zones of the region that every account has and EKS can use, without local zones. Read from AWS, because letters have
 * gaps: some accounts have no `a` in some regions.
 */
function availableZones(count: number, parent: pulumi.Resource): pulumi.Output<string[]> {
  const zones = getAvailabilityZonesOutput(
    {
      state: "available",
      filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
      excludeZoneIds: ZONES_WITHOUT_EKS,
    },
    { parent },
  );
  return zones.names.apply((names) => {
    if (names.length < count) {
      throw new pulumi.RunError(
        `The region has the availability zones ${names.join(", ")}, expected at least ${count}. Lower network.zones of the cluster.`,
      );
    }
    return names.toSorted().slice(0, count);
  });
}
