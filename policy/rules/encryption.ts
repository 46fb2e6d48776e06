import { type CheckedResource, type Finding, type PolicyRule, UNKNOWN } from "../checked-resource.ts";
import { inputAt, isRecord, listOf, shown } from "../inputs.ts";

/** Values that Pulumi's inputs have for "yes". Launch templates of EC2 take texts. */
const YES: readonly unknown[] = [true, "true", UNKNOWN];

const IMAGE_ENCRYPTION: readonly unknown[] = ["AES256", "KMS", "KMS_DSSE", UNKNOWN];

function must(
  { inputs }: CheckedResource,
  path: string,
  accepted: readonly unknown[],
  wayOut: string,
): readonly Finding[] {
  const value = inputAt(inputs, path);
  if (accepted.includes(value)) return [];
  const expected = accepted.find((choice) => choice !== UNKNOWN);
  return [{ path, problem: shown(value), expected: JSON.stringify(expected), wayOut }];
}

/** Secrets of Kubernetes lie in etcd, which EKS encrypts with the environment's own key only when told so. */
function cluster({ inputs }: CheckedResource): readonly Finding[] {
  const key = inputAt(inputs, "encryptionConfig.provider.keyArn");
  const resources = inputAt(inputs, "encryptionConfig.resources");
  const covered =
    resources === UNKNOWN || listOf(resources).some((kind) => kind === "secrets" || kind === UNKNOWN);
  if (key !== undefined && covered) return [];
  return [
    {
      path: "encryptionConfig",
      problem: key === undefined ? "names no KMS key" : "does not cover secrets",
      expected: 'a KMS key in provider.keyArn, and resources ["secrets"]',
      wayOut: "Give the cluster a key of its own; it cannot be taken away again.",
    },
  ];
}

/** The volumes of nodes hold images, logs and whatever pods write. */
function launchTemplate({ inputs }: CheckedResource): readonly Finding[] {
  const mappings = inputAt(inputs, "blockDeviceMappings");
  if (mappings === UNKNOWN) return [];
  const wayOut = "Describe the root volume in blockDeviceMappings with ebs: { encrypted: true }.";
  if (listOf(mappings).length === 0) {
    const problem = "leaves the encryption of volumes to the account's default";
    return [{ path: "blockDeviceMappings", problem, expected: "encrypted volumes", wayOut }];
  }
  return listOf(mappings).flatMap((mapping, index) => {
    const encrypted = inputAt(mapping, "ebs.encrypted");
    if (mapping === UNKNOWN || (isRecord(mapping) && mapping["ebs"] === undefined) || YES.includes(encrypted))
      return [];
    return [
      {
        path: `blockDeviceMappings.${index}.ebs.encrypted`,
        problem: shown(encrypted),
        expected: "true",
        wayOut,
      },
    ];
  });
}

function queue({ inputs }: CheckedResource): readonly Finding[] {
  if (inputs["kmsMasterKeyId"] !== undefined || YES.includes(inputs["sqsManagedSseEnabled"])) return [];
  return [
    {
      path: "sqsManagedSseEnabled",
      problem: shown(inputs["sqsManagedSseEnabled"]),
      expected: "true, or a key in kmsMasterKeyId",
      wayOut: "Set sqsManagedSseEnabled: true; it costs nothing.",
    },
  ];
}

/** Secrets Manager, CloudWatch Logs and S3 always encrypt; they are not here because nothing can be forgotten. */
const CHECKS: Readonly<Record<string, (resource: CheckedResource) => readonly Finding[]>> = {
  "aws:ebs/volume:Volume": (resource) => must(resource, "encrypted", YES, "Set encrypted: true."),
  "aws:ec2/launchTemplate:LaunchTemplate": launchTemplate,
  "aws:ecr/repository:Repository": (resource) =>
    must(
      resource,
      "encryptionConfigurations.0.encryptionType",
      IMAGE_ENCRYPTION,
      'Set encryptionConfigurations: [{ encryptionType: "AES256" }].',
    ),
  "aws:eks/cluster:Cluster": cluster,
  "aws:kms/key:Key": (resource) => must(resource, "enableKeyRotation", YES, "Set enableKeyRotation: true."),
  "aws:sqs/queue:Queue": queue,
};

/** What AWS keeps for Haulway is encrypted. */
export const encryption: PolicyRule = {
  name: "encryption",
  description: "What is stored is encrypted: volumes, images, queues, the Secrets of clusters; keys rotate.",
  check: (resource) => CHECKS[resource.type]?.(resource) ?? [],
};
