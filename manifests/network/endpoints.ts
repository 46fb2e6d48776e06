/**
 * The services that nodes, the agents on them and the platform's tools call, by the end of the name of their interface endpoint.
 * With them, a cluster works without a way out but for images of other registries.
 */
export const STANDARD_ENDPOINTS = [
  "ec2",
  "ecr.api",
  "ecr.dkr",
  "eks",
  "eks-auth",
  "elasticloadbalancing",
  "kms",
  "logs",
  "secretsmanager",
  "sqs",
  "ssm",
  "sts",
] as const;

/** Name of the endpoint service of an AWS service in a region, such as `com.amazonaws.eu-central-1.s3`. Not for China, but for S3. */
export function endpointService(region: string, service: string): string {
  return `com.amazonaws.${region}.${service}`;
}
