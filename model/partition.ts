/** A part of AWS with accounts, roles and names of its own, which knows nothing of the others. */
export type Partition = "aws" | "aws-cn" | "aws-us-gov";

/** The AWS partition that a region lies in: the second part of every ARN there. */
export function partitionOf(region: string): Partition {
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  return "aws";
}

/** ARN of an IAM policy that AWS itself manages, such as `AmazonEKSClusterPolicy` or `service-role/AmazonEBSCSIDriverPolicy`. */
export function managedPolicyArn(partition: Partition, policy: string): string {
  return `arn:${partition}:iam::aws:policy/${policy}`;
}
