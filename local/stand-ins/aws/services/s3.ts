import type { ResourceRule, ResourceRules } from "../resource-rule.ts";

const BUCKET = "aws:s3/bucket:Bucket";
/** A setting of one bucket: one of each kind per bucket. */
const bucketSetting: ResourceRule = {
  unique: ["bucket"],
  untagged: true,
  id: (scope) => scope.text("bucket"),
  required: ["bucket"],
  immutable: ["bucket"],
  references: { bucket: { to: [BUCKET] } },
};

/** Source: Amazon S3 API reference; types and outputs of @pulumi/aws 7. */
export const s3: ResourceRules = {
  [BUCKET]: {
    name: "bucket",
    id: (scope) => scope.name,
    global: true,
    outputs: (scope) => ({
      arn: `arn:${scope.partition}:s3:::${scope.name}`,
      bucketDomainName: `${scope.name}.s3.amazonaws.com`,
      bucketRegionalDomainName: `${scope.name}.s3.${scope.region}.amazonaws.com`,
      bucketRegion: scope.region,
    }),
    immutable: ["bucket", "bucketPrefix"],
  },
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": bucketSetting,
  "aws:s3/bucketVersioning:BucketVersioning": bucketSetting,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": bucketSetting,
  "aws:s3/bucketPolicy:BucketPolicy": {
    ...bucketSetting,
    required: ["bucket", "policy"],
    policies: ["policy"],
  },
};
