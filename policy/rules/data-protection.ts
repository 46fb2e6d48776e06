import { type CheckedResource, type Finding, type PolicyRule, UNKNOWN } from "../checked-resource.ts";
import { shown } from "../inputs.ts";

/** How AWS itself refuses to delete what holds data, by the input that says so; undefined: it does not, Pulumi has to. */
const HOLDS_DATA: Readonly<Record<string, string | undefined>> = {
  "aws:dynamodb/table:Table": "deletionProtectionEnabled",
  "aws:ebs/volume:Volume": undefined,
  "aws:efs/fileSystem:FileSystem": undefined,
  "aws:rds/cluster:Cluster": "deletionProtection",
  "aws:rds/instance:Instance": "deletionProtection",
  "aws:s3/bucket:Bucket": undefined,
};

/** All content of a cluster goes with it. Whether it may go is the environment's to say, so it has to be said. */
function cluster({ inputs }: CheckedResource): readonly Finding[] {
  const path = "deletionProtection";
  const value = inputs[path];
  if (value === true || value === UNKNOWN) return [];
  return [
    {
      path,
      problem: shown(value),
      expected: "true",
      wayOut:
        "Set deletionProtection of the cluster in the environment file; false only where nothing would be missed.",
      advisory: value === false,
    },
  ];
}

/**
 * What cannot be made again is not deleted by mistake. Images are made again from their sources, and credentials of NATS are
 * worth nothing once their user is gone; a KMS key waits a week at least by itself.
 */
export const dataProtection: PolicyRule = {
  name: "data-protection",
  description: "What holds data cannot be deleted by mistake.",
  check: (resource) => {
    const { type, inputs, protect } = resource;
    if (type === "aws:eks/cluster:Cluster") return cluster(resource);
    if (!Object.hasOwn(HOLDS_DATA, type)) return [];
    const findings: Finding[] = [];
    const input = HOLDS_DATA[type];
    const guarded = protect || (input !== undefined && [true, UNKNOWN].includes(inputs[input] as true));
    if (!guarded) {
      findings.push({
        path: input ?? "protect",
        problem: "does not keep it from being deleted",
        expected: "true",
        wayOut: `Set ${input === undefined ? "the option protect: true" : `${input}: true`}.`,
      });
    }
    if (inputs["forceDestroy"] === true) {
      const wayOut = "Leave it out, and empty the bucket by hand when it is to go.";
      findings.push({ path: "forceDestroy", problem: "deletes all objects", expected: "false", wayOut });
    }
    return findings;
  },
};
