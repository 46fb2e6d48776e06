import type { ResourceRecord } from "../aws/resource-store.ts";
import type { Properties } from "../plugin/property-values.ts";
import type { RequestSigner } from "./signature.ts";

/** A secret, as the API shows it. */
export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly description: string | undefined;
  /** Unix seconds. */
  readonly createdAt: number;
  /** The newest first. */
  readonly versions: readonly SecretVersion[];
}

/** A version of a secret's value. One of `text` and `binary` is there. */
export interface SecretVersion {
  readonly id: string;
  /** Unix seconds. */
  readonly createdAt: number;
  /** Labels such as `AWSCURRENT`. Each is at one version of a secret at most. */
  readonly stages: readonly string[];
  readonly text: string | undefined;
  /** Base64. */
  readonly binary: string | undefined;
}

/** What exists, as the stand-in for the Pulumi plugin `aws` keeps it. */
export interface SecretRecords {
  /** `aws:secretsmanager/secret:Secret` */
  readonly secrets: readonly ResourceRecord[];
  /** `aws:secretsmanager/secretVersion:SecretVersion` */
  readonly versions: readonly ResourceRecord[];
}

const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";

/** The secrets of an account in a region, by name. */
export function secretsOf(records: SecretRecords, { account, region }: RequestSigner): Secret[] {
  return records.secrets
    .filter((record) => record.account === account && record.region === region)
    .map(({ id, inputs, createdAt }) => ({
      arn: id,
      name: text(inputs, "name") ?? "",
      description: text(inputs, "description"),
      createdAt: secondsOf(createdAt),
      versions: versionsOf(records.versions.filter((version) => text(version.inputs, "secretId") === id)),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The secret that an id means: a name, an ARN, or an ARN without its last seven characters. `undefined`: none.
 *
 * @param secrets of one account and region
 */
export function findSecret(secrets: readonly Secret[], id: string): Secret | undefined {
  return secrets.find(({ name, arn }) => name === id || arn === id || arn.replace(/-[^-]{6}$/, "") === id);
}

/** The version with this id and with this label; without both, the current one. `undefined`: none. */
export function findVersion(
  { versions }: Secret,
  wanted: { readonly id: string | undefined; readonly stage: string | undefined },
): SecretVersion | undefined {
  const stage = wanted.stage ?? (wanted.id === undefined ? CURRENT : undefined);
  return versions.find(
    (version) =>
      (wanted.id === undefined || version.id === wanted.id) &&
      (stage === undefined || version.stages.includes(stage)),
  );
}

/**
 * A version becomes the current one when it is made, unless it was given other labels; the one that was current before is
 * the previous one.
 */
function versionsOf(records: readonly ResourceRecord[]): SecretVersion[] {
  const newestFirst = records.toSorted((a, b) => (b.createdAt ?? 0) - (a.createdAt ?? 0));
  const taken = new Set<string>();
  return newestFirst.map(({ inputs, computed, createdAt }) => {
    const labels = listOf(inputs["versionStages"]) ?? [CURRENT];
    const wanted = labels.map((label) => (label === CURRENT && taken.has(CURRENT) ? PREVIOUS : label));
    const stages = wanted.filter((label) => !taken.has(label));
    for (const label of stages) taken.add(label);
    return {
      id: text(computed, "versionId") ?? "",
      createdAt: secondsOf(createdAt),
      stages,
      text: text(inputs, "secretString"),
      binary: text(inputs, "secretBinary"),
    };
  });
}

function text(properties: Properties, name: string): string | undefined {
  const value = properties[name];
  return typeof value === "string" ? value : undefined;
}

function listOf(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : undefined;
}

function secondsOf(milliseconds: number | undefined): number {
  return (milliseconds ?? 0) / 1000;
}
