// Proves which parts a network has and how they point to each other. That AWS takes them is for a real account to prove.
import { describe, expect, test } from "vitest";
import { ClusterNetwork } from "../../components/network/cluster-network.ts";
import { record, resolved } from "./support/recorder.ts";

function build(network: { zones: 2 | 3; natGateways: "single" | "perZone" }) {
  return record(
    () =>
      new ClusterNetwork("hub", { network: { cidr: "10.20.0.0/16", ...network }, clusterName: "test-hub" }),
  );
}

describe("ClusterNetwork", () => {
  test("has a private and a public subnet in each zone, and one way out for all with a single NAT gateway", async () => {
    const { children } = await build({ zones: 2, natGateways: "single" });
    expect(children).toEqual([
      "aws:ec2/eip:Eip hub-nat-a-address",
      "aws:ec2/internetGateway:InternetGateway hub-internet-gateway",
      "aws:ec2/natGateway:NatGateway hub-nat-a",
      "aws:ec2/route:Route hub-private-a-internet",
      "aws:ec2/route:Route hub-private-b-internet",
      "aws:ec2/route:Route hub-public-internet",
      "aws:ec2/routeTable:RouteTable hub-private-a-routes",
      "aws:ec2/routeTable:RouteTable hub-private-b-routes",
      "aws:ec2/routeTable:RouteTable hub-public-routes",
      "aws:ec2/routeTableAssociation:RouteTableAssociation hub-private-a-association",
      "aws:ec2/routeTableAssociation:RouteTableAssociation hub-private-b-association",
      "aws:ec2/routeTableAssociation:RouteTableAssociation hub-public-a-association",
      "aws:ec2/routeTableAssociation:RouteTableAssociation hub-public-b-association",
      "aws:ec2/subnet:Subnet hub-private-a",
      "aws:ec2/subnet:Subnet hub-private-b",
      "aws:ec2/subnet:Subnet hub-public-a",
      "aws:ec2/subnet:Subnet hub-public-b",
      "aws:ec2/vpc:Vpc hub-vpc",
      "haulway:network:ClusterNetwork hub",
    ]);
  });

  test("leads every private subnet out through the NAT gateway of its own zone with one per zone", async () => {
    const { resources } = await build({ zones: 3, natGateways: "perZone" });
    const routes = resources
      .filter(({ type, name }) => type === "aws:ec2/route:Route" && name.startsWith("hub-private"))
      .map(({ inputs }) => [inputs["routeTableId"], inputs["natGatewayId"], inputs["destinationCidrBlock"]]);
    expect(routes).toEqual([
      ["hub-private-a-routes-id", "hub-nat-a-id", "0.0.0.0/0"],
      ["hub-private-b-routes-id", "hub-nat-b-id", "0.0.0.0/0"],
      ["hub-private-c-routes-id", "hub-nat-c-id", "0.0.0.0/0"],
    ]);
  });

  test("leads every private subnet out through the one NAT gateway with a single one", async () => {
    const { resources } = await build({ zones: 3, natGateways: "single" });
    const gateways = resources
      .filter(({ type, name }) => type === "aws:ec2/route:Route" && name.startsWith("hub-private"))
      .map(({ inputs }) => inputs["natGatewayId"]);
    expect(gateways).toEqual(["hub-nat-a-id", "hub-nat-a-id", "hub-nat-a-id"]);
  });

  test("puts the zones in the order of their names, and tags subnets for the load balancers they are for", async () => {
    const { one } = await build({ zones: 2, natGateways: "single" });
    expect(one("aws:ec2/subnet:Subnet", "hub-private-b").inputs).toEqual({
      vpcId: "hub-vpc-id",
      cidrBlock: "10.20.64.0/18",
      availabilityZone: "eu-central-1b",
      tags: { Name: "test-hub-private-b", "kubernetes.io/role/internal-elb": "1" },
    });
    expect(one("aws:ec2/subnet:Subnet", "hub-public-a").inputs).toEqual({
      vpcId: "hub-vpc-id",
      cidrBlock: "10.20.192.0/20",
      availabilityZone: "eu-central-1a",
      tags: { Name: "test-hub-public-a", "kubernetes.io/role/elb": "1" },
    });
  });

  test("gives the ids of its subnets in the order of the zones", async () => {
    const { value } = await build({ zones: 3, natGateways: "single" });
    expect(await Promise.all(value.ids.privateSubnetIds.map(resolved))).toEqual([
      "hub-private-a-id",
      "hub-private-b-id",
      "hub-private-c-id",
    ]);
    expect(await Promise.all(value.ids.publicSubnetIds.map(resolved))).toEqual([
      "hub-public-a-id",
      "hub-public-b-id",
      "hub-public-c-id",
    ]);
  });

  // Nothing that a node is given leads to these: without waiting for them it starts before, and outlives, its way out.
  test("names what a node needs to get out: the routes, and the subnets' connection to them", async () => {
    const { value } = await build({ zones: 2, natGateways: "single" });
    const urns = await Promise.all(value.ids.egress.map(({ urn }) => resolved(urn)));
    expect(urns.map((urn) => urn.split("::").at(-1))).toEqual([
      "hub-public-internet",
      "hub-public-a-association",
      "hub-public-b-association",
      "hub-private-a-internet",
      "hub-private-a-association",
      "hub-private-b-internet",
      "hub-private-b-association",
    ]);
  });

  test("leaves out the zones in which EKS has no control planes", async () => {
    const { calls } = await build({ zones: 2, natGateways: "single" });
    expect(calls.map(({ inputs }) => inputs["excludeZoneIds"])).toEqual([
      ["use1-az3", "usw1-az2", "cac1-az3"],
    ]);
  });
});
