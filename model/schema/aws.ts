import { z } from "zod";
import { wildcardInAction } from "../iam-wildcards.ts";
import { text } from "./field.ts";

/** Keys of tags that Haulway sets on every resource, and that no file may set otherwise. */
export const RESERVED_TAGS: readonly string[] = ["environment", "managed-by", "stack"];

/** Letters, digits, blanks and `_ . : / = + - @`: what AWS allows in keys and values of tags. */
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

function wrongTagKey(key: string): string | undefined {
  if (key === "" || key.length > 128) return `has ${key.length} characters`;
  if (/^aws:/i.test(key)) return "begins with aws:, which AWS keeps for itself";
  if (RESERVED_TAGS.includes(key)) return "is a tag that Haulway sets itself";
  return TAG_TEXT.test(key) ? undefined : "has a character that AWS does not allow in a tag";
}

function wrongTagValue(value: string): string | undefined {
  if (value.length > 256) return `has ${value.length} characters`;
  return TAG_TEXT.test(value) ? undefined : "has a character that AWS does not allow in a tag";
}

/** Schema of the tags of an environment's AWS resources. */
export const tagsSchema = z
  .record(
    text({
      description: "Key of a tag.",
      expected: `a tag key of AWS of at most 128 characters, other than ${RESERVED_TAGS.join(", ")}`,
      wrong: wrongTagKey,
    }),
    text({
      description: "Value of a tag.",
      expected: "a tag value of AWS: at most 256 letters, digits, blanks and _ . : / = + - @",
      wrong: wrongTagValue,
    }),
  )
  .meta({
    description: `Tags of every AWS resource, besides those that Haulway sets (${RESERVED_TAGS.join(", ")}).`,
    expected: "a map of tags, such as { cost-center: platform }",
  });

/** Schema of an AWS region. */
export const regionSchema = text({
  description: "AWS region of all clusters and registries.",
  expected: "an AWS region, such as eu-central-1",
  pattern: /^[a-z]{2}(?:-[a-z]+)+-\d$/,
});

/** Schema of an AWS account. */
export const accountIdSchema = text({
  description:
    "AWS account of the environment. The program refuses to run with credentials of another account.",
  expected: 'an AWS account id of 12 digits, such as "111122223333"',
  pattern: /^\d{12}$/,
});

const IAM_ACTION = /^[a-z0-9-]+:[A-Za-z0-9*?]+$/;

/** An ARN: partition, service, region (may be empty), account (may be empty), resource. Wildcards are allowed, but in the first two. */
const ARN = /^arn:(?<partition>aws[a-z-]*):[a-z0-9-]+:[a-z0-9*-]*:(?:\d{12}|\*|aws)?:[^\s]+$/;

/** The partition of an ARN; undefined if the text is none. */
export function arnPartition(arn: string): string | undefined {
  return ARN.exec(arn)?.groups?.["partition"];
}

/** Schema of one IAM action. */
export const actionSchema = text({
  description: "An IAM action. It may end with a wildcard, but not in iam, sts, organizations and account.",
  expected: "an IAM action of the form service:Action, such as s3:GetObject or sqs:Receive*",
  wrong: (value) => {
    if (value !== "*" && !IAM_ACTION.test(value)) return "is not an IAM action";
    const wildcard = wildcardInAction(value);
    return wildcard?.allowable === false ? wildcard.problem : undefined;
  },
});

/** Schema of one resource of a permission. */
export const resourceSchema = text({
  description:
    "An ARN, in which `*` and `?` are wildcards. One that names nothing before its wildcard, such as `*` for actions that know no resources, needs an entry in the platform's list of wildcards.",
  expected: "an ARN such as arn:aws:s3:::claims-intake/*",
  wrong: (value) => (value === "*" || arnPartition(value) !== undefined ? undefined : "is not an ARN of AWS"),
});
