// Proves which parts a network has and how they point to each other. That AWS takes them is for a real account to prove.
import { describe, expect, test } from "vitest";
import { ClusterNetwork } from "../../components/network/cluster-network.ts";
import type { ClusterSpec } from "../../model/environment.ts";
import { record, resolved } from "./support/recorder.ts";

function build(
  network: Partial<ClusterSpec["network"]> & Pick<ClusterSpec["network"], "zones" | "natGateways">,
) {
  return record(
    () =>
      new ClusterNetwork("hub", {
        network: { cidr: "10.20.0.0/16", interfaceEndpoints: "none", ...network },
        clusterName: "test-hub",
        accountId: "000000000000",
        region: "eu-central-1",
        zoneNames: ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
      }),
  );
}

/** What is made beside the parts of a network with everything optional left out. */
async function additions(network: Partial<ClusterSpec["network"]>): Promise<string[]> {
  const plain = await build({ zones: 2, natGateways: "single" });
  const { children } = await build({ zones: 2, natGateways: "single", ...network });
  return children.filter((child) => !plain.children.includes(child));
}

describe("ClusterNetwork", () => {
  test("has a private, a public and an intra subnet in each zone, one way out for all, and an endpoint to S3", async () => {
    const { children } = await build({ zones: 2, natGateways: "single" });
    expect(children).toEqual([
      "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup hub-default-security-group",
      "aws:ec2/eip:Eip hub-nat-a-address",
      "aws:ec2/internetGateway:InternetGateway hub-internet-gateway",
      "aws:ec2/natGateway:NatGateway hub-nat-a",
      "aws:ec2/route:Route hub-private-a-internet",
      "aws:ec2/route:Route hub-private-b-internet",
      "aws:ec2/route:Route hub-public-internet",
      "aws:ec2/routeTable:RouteTable hub-intra-routes",
      "aws:ec2/routeTable:RouteTable hub-private-a-routes",
      "aws:ec2/routeTable:RouteTable hub-private-b-routes",
      "aws:ec2/routeTable:RouteTable hub-public-routes",
      "aws:ec2/routeTableAssociation:RouteTableAssociation hub-intra-a-association",
      "aws:ec2/routeTableAssociation:RouteTableAssociation hub-intra-b-association",
      "aws:ec2/routeTableAssociation:RouteTableAssociation hub-private-a-association",
      "aws:ec2/routeTableAssociation:RouteTableAssociation hub-private-b-association",
      "aws:ec2/routeTableAssociation:RouteTableAssociation hub-public-a-association",
      "aws:ec2/routeTableAssociation:RouteTableAssociation hub-public-b-association",
      "aws:ec2/subnet:Subnet hub-intra-a",
      "aws:ec2/subnet:Subnet hub-intra-b",
      "aws:ec2/subnet:Subnet hub-private-a",
      "aws:ec2/subnet:Subnet hub-private-b",
      "aws:ec2/subnet:Subnet hub-public-a",
      "aws:ec2/subnet:Subnet hub-public-b",
      "aws:ec2/vpc:Vpc hub-vpc",
      "aws:ec2/vpcEndpoint:VpcEndpoint hub-endpoint-s3",
      "haulway:network:ClusterNetwork hub",
      "haulway:network:VpcEndpoints hub",
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

  test("tags subnets for the load balancers they are for, and for the nodes that Karpenter starts in them", async () => {
    const { one } = await build({ zones: 2, natGateways: "single" });
    expect(one("aws:ec2/subnet:Subnet", "hub-private-b").inputs).toEqual({
      vpcId: "hub-vpc-id",
      cidrBlock: "10.20.64.0/18",
      availabilityZone: "eu-central-1b",
      tags: {
        Name: "test-hub-private-b",
        "kubernetes.io/role/internal-elb": "1",
        "karpenter.sh/discovery": "test-hub",
      },
    });
    expect(one("aws:ec2/subnet:Subnet", "hub-public-a").inputs).toEqual({
      vpcId: "hub-vpc-id",
      cidrBlock: "10.20.192.0/20",
      availabilityZone: "eu-central-1a",
      tags: { Name: "test-hub-public-a", "kubernetes.io/role/elb": "1" },
    });
    expect(one("aws:ec2/subnet:Subnet", "hub-intra-a").inputs).toEqual({
      vpcId: "hub-vpc-id",
      cidrBlock: "10.20.240.0/22",
      availabilityZone: "eu-central-1a",
      tags: { Name: "test-hub-intra-a" },
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
    expect(await Promise.all(value.ids.intraSubnetIds.map(resolved))).toEqual([
      "hub-intra-a-id",
      "hub-intra-b-id",
      "hub-intra-c-id",
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

  test("leads nothing out of the intra subnets but to S3, which every subnet of nodes reaches without NAT too", async () => {
    const { resources, one } = await build({ zones: 2, natGateways: "single" });
    const routed = resources
      .filter(({ type }) => type === "aws:ec2/route:Route")
      .map(({ inputs }) => inputs["routeTableId"]);
    expect(routed).not.toContain("hub-intra-routes-id");
    expect(one("aws:ec2/vpcEndpoint:VpcEndpoint", "hub-endpoint-s3").inputs).toEqual({
      vpcId: "hub-vpc-id",
      serviceName: "com.amazonaws.eu-central-1.s3",
      vpcEndpointType: "Gateway",
      routeTableIds: ["hub-private-a-routes-id", "hub-private-b-routes-id", "hub-intra-routes-id"],
      tags: { Name: "test-hub-s3" },
    });
  });

  test("closes the security group that the VPC has from the start", async () => {
    const { one } = await build({ zones: 2, natGateways: "single" });
    expect(
      one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "hub-default-security-group").inputs,
    ).toEqual({ vpcId: "hub-vpc-id", tags: { Name: "test-hub-default" } });
  });

  test("has an endpoint of every standard service by setting, open to the VPC alone", async () => {
    expect(await additions({ interfaceEndpoints: "standard" })).toEqual([
      "aws:ec2/securityGroup:SecurityGroup hub-endpoints",
      "aws:ec2/vpcEndpoint:VpcEndpoint hub-endpoint-ec2",
      "aws:ec2/vpcEndpoint:VpcEndpoint hub-endpoint-ecr.api",
      "aws:ec2/vpcEndpoint:VpcEndpoint hub-endpoint-ecr.dkr",
      "aws:ec2/vpcEndpoint:VpcEndpoint hub-endpoint-eks",
      "aws:ec2/vpcEndpoint:VpcEndpoint hub-endpoint-eks-auth",
      "aws:ec2/vpcEndpoint:VpcEndpoint hub-endpoint-elasticloadbalancing",
      "aws:ec2/vpcEndpoint:VpcEndpoint hub-endpoint-kms",
      "aws:ec2/vpcEndpoint:VpcEndpoint hub-endpoint-logs",
      "aws:ec2/vpcEndpoint:VpcEndpoint hub-endpoint-secretsmanager",
      "aws:ec2/vpcEndpoint:VpcEndpoint hub-endpoint-sqs",
      "aws:ec2/vpcEndpoint:VpcEndpoint hub-endpoint-ssm",
      "aws:ec2/vpcEndpoint:VpcEndpoint hub-endpoint-sts",
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule hub-endpoints-https",
    ]);
    const { one } = await build({ zones: 2, natGateways: "single", interfaceEndpoints: "standard" });
    expect(
      one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "hub-endpoints-https").inputs,
    ).toMatchObject({ cidrIpv4: "10.20.0.0/16", ipProtocol: "tcp", fromPort: 443, toPort: 443 });
    expect(one("aws:ec2/vpcEndpoint:VpcEndpoint", "hub-endpoint-ecr.api").inputs).toEqual({
      vpcId: "hub-vpc-id",
      serviceName: "com.amazonaws.eu-central-1.ecr.api",
      vpcEndpointType: "Interface",
      privateDnsEnabled: true,
      subnetIds: ["hub-private-a-id", "hub-private-b-id"],
      securityGroupIds: ["hub-endpoints-id"],
      tags: { Name: "test-hub-ecr.api" },
    });
  });

  test("records its traffic by setting, with a role that writes into its own log group alone", async () => {
    const flowLogs = { retentionDays: 30 } as const;
    expect(await additions({ flowLogs })).toEqual([
      "aws:cloudwatch/logGroup:LogGroup hub-flow-logs",
      "aws:ec2/flowLog:FlowLog hub-flow-log",
      "aws:iam/role:Role hub-flow-logs-role",
      "aws:iam/rolePolicy:RolePolicy hub-flow-logs-policy",
      "haulway:network:FlowLogs hub",
    ]);
    const { one } = await build({ zones: 2, natGateways: "single", flowLogs });
    expect(one("aws:cloudwatch/logGroup:LogGroup", "hub-flow-logs").inputs).toEqual({
      name: "/haulway/test-hub/flow-logs",
      retentionInDays: 30,
    });
    const trust: unknown = JSON.parse(
      String(one("aws:iam/role:Role", "hub-flow-logs-role").inputs["assumeRolePolicy"]),
    );
    expect(trust).toMatchObject({
      Statement: [
        {
          Principal: { Service: "vpc-flow-logs.amazonaws.com" },
          Condition: { StringEquals: { "aws:SourceAccount": ["000000000000"] } },
        },
      ],
    });
    const policy: unknown = JSON.parse(
      String(one("aws:iam/rolePolicy:RolePolicy", "hub-flow-logs-policy").inputs["policy"]),
    );
    expect(policy).toMatchObject({
      Statement: [
        { Resource: ["arn:aws:logs:eu-central-1:000000000000:log-group:/haulway/test-hub/flow-logs:*"] },
      ],
    });
  });
});
