import { type Finding, type PolicyRule, UNKNOWN } from "../checked-resource.ts";
import { shown } from "../inputs.ts";

const CANNED = ["private", "log-delivery-write", "bucket-owner-read", "bucket-owner-full-control"];
const PRIVATE_LISTS: readonly unknown[] = [undefined, ...CANNED, UNKNOWN];
const BLOCKS = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];

/** No bucket is open. AWS blocks public access to a new one; this keeps anybody from lifting that. */
export const privateBuckets: PolicyRule = {
  name: "private-buckets",
  description: "No bucket of S3 is public, and nothing lifts the block of public access.",
  check: ({ type, inputs }) => {
    switch (type) {
      case "aws:s3/bucket:Bucket":
      case "aws:s3/bucketAcl:BucketAcl": {
        if (PRIVATE_LISTS.includes(inputs["acl"])) return [];
        const wayOut = "Leave acl out and let a bucket policy name who may read.";
        return [{ path: "acl", problem: shown(inputs["acl"]), expected: '"private"', wayOut }];
      }
      case "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":
      case "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock":
        return BLOCKS.flatMap((path): Finding[] => {
          const value = inputs[path];
          if (value === true || value === UNKNOWN) return [];
          return [
            { path, problem: shown(value), expected: "true", wayOut: `Set all of ${BLOCKS.join(", ")}.` },
          ];
        });
      default:
        return [];
    }
  },
};
