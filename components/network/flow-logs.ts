import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import { FlowLog } from "@pulumi/aws/ec2/flowLog.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { flowLogsPolicy } from "../../manifests/iam/flow-logs.ts";
import { serviceTrust } from "../../manifests/iam/trust.ts";

/** What to record, and for how long. */
export interface FlowLogsArgs {
  readonly vpcId: pulumi.Input<string>;
  /** Name in EKS of the cluster that the VPC is for. */
  readonly clusterName: string;
  /** Days that the records are kept. */
  readonly retentionDays: number;
  /** AWS account of the VPC: the flow logs of no other one may use the role. */
  readonly accountId: string;
}

/** Records what talks to what in a VPC, accepted and rejected, in the log group `/haulway/<cluster>/flow-logs`. */
export class FlowLogs extends pulumi.ComponentResource {
  constructor(name: string, args: FlowLogsArgs, options?: pulumi.ComponentResourceOptions) {
    super("haulway:network:FlowLogs", name, {}, options);
    const logGroup = new LogGroup(
      `${name}-flow-logs`,
      { name: `/haulway/${args.clusterName}/flow-logs`, retentionInDays: args.retentionDays },
      { parent: this },
    );
    const role = new Role(
      `${name}-flow-logs-role`,
      {
        description: `Flow logs of the VPC of cluster ${args.clusterName}`,
        assumeRolePolicy: serviceTrust("vpc-flow-logs.amazonaws.com", args.accountId),
      },
      { parent: this },
    );
    const policy = new RolePolicy(
      `${name}-flow-logs-policy`,
      { role: role.name, policy: logGroup.arn.apply(flowLogsPolicy) },
      { parent: this },
    );
    new FlowLog(
      `${name}-flow-log`,
      {
        vpcId: args.vpcId,
        trafficType: "ALL",
        logDestinationType: "cloud-watch-logs",
        logDestination: logGroup.arn,
        iamRoleArn: role.arn,
        tags: { Name: args.clusterName },
      },
      { parent: this, dependsOn: [policy] },
    );
    this.registerOutputs({});
  }
}
