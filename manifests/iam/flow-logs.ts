import { policyJson } from "./policy-document.ts";

/** Lets VPC Flow Logs write into one log group, which exists. */
export function flowLogsPolicy(logGroupArn: string): string {
  return policyJson({
    Effect: "Allow",
    Action: [
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "logs:DescribeLogGroups",
      "logs:DescribeLogStreams",
    ],
    Resource: [`${logGroupArn}:*`],
  });
}
