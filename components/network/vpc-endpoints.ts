import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import { VpcEndpoint } from "@pulumi/aws/ec2/vpcEndpoint.js";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/securityGroupIngressRule.js";
import * as pulumi from "@pulumi/pulumi";
import { endpointService, STANDARD_ENDPOINTS } from "../../manifests/network/endpoints.ts";
import type { ClusterSpec } from "../../model/environment.ts";

/** Which of AWS's services are reached without leaving a VPC. */
export interface VpcEndpointsArgs {
  readonly network: ClusterSpec["network"];
  /** Name in EKS of the cluster that the VPC is for. */
  readonly clusterName: string;
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  /** The subnets that get a network interface of each interface endpoint: one in each zone. */
  readonly subnetIds: readonly pulumi.Input<string>[];
  /** The route tables that lead to S3 through the gateway endpoint. */
  readonly routeTableIds: readonly pulumi.Input<string>[];
}

/**
 * The way to AWS's services inside the VPC: always to S3, where the layers of images are, without cost; to the others by setting,
 * by interfaces that answer HTTPS from addresses of the VPC alone.
 */
export class VpcEndpoints extends pulumi.ComponentResource {
  constructor(name: string, args: VpcEndpointsArgs, options?: pulumi.ComponentResourceOptions) {
    super("haulway:network:VpcEndpoints", name, {}, options);
    new VpcEndpoint(
      `${name}-endpoint-s3`,
      {
        vpcId: args.vpcId,
        serviceName: endpointService(args.region, "s3"),
        vpcEndpointType: "Gateway",
        routeTableIds: [...args.routeTableIds],
        tags: { Name: `${args.clusterName}-s3` },
      },
      { parent: this },
    );
    if (args.network.interfaceEndpoints === "standard") {
      this.#interfaceEndpoints(name, args);
    }
    this.registerOutputs({});
  }

  #interfaceEndpoints(name: string, args: VpcEndpointsArgs): void {
    const group = new SecurityGroup(
      `${name}-endpoints`,
      {
        vpcId: args.vpcId,
        description: `Interface endpoints of cluster ${args.clusterName}`,
        tags: { Name: `${args.clusterName}-endpoints` },
      },
      { parent: this },
    );
    new SecurityGroupIngressRule(
      `${name}-endpoints-https`,
      {
        securityGroupId: group.id,
        description: "HTTPS from the VPC",
        cidrIpv4: args.network.cidr,
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
      },
      { parent: this },
    );
    for (const service of STANDARD_ENDPOINTS) {
      new VpcEndpoint(
        `${name}-endpoint-${service}`,
        {
          vpcId: args.vpcId,
          serviceName: endpointService(args.region, service),
          vpcEndpointType: "Interface",
          privateDnsEnabled: true,
          subnetIds: [...args.subnetIds],
          securityGroupIds: [group.id],
          tags: { Name: `${args.clusterName}-${service}` },
        },
        { parent: this },
      );
    }
  }
}
