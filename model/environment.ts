import { z } from "zod";
import { clusterSchema } from "./cluster.ts";
import { natsSchema } from "./nats.ts";
import { accountIdSchema, regionSchema, tagsSchema } from "./schema/aws.ts";
import { documentSchema } from "./schema/document.ts";
import { text } from "./schema/field.ts";
import { secretFrom } from "./schema/name.ts";
import type { DeepReadonly } from "./schema/readonly.ts";
import { parseUrl, secureUrl } from "./schema/url.ts";

export type { ClusterSpec } from "./cluster.ts";

const awsSchema = z
  .strictObject({ accountId: accountIdSchema, region: regionSchema })
  .meta({ description: "Where in AWS.", expected: "a map with the fields accountId and region" });

/** A Windows path aside, whatever has a scheme is a URL; `user@host:path` is git's way to write one. */
function wrongManifests(value: string): string | undefined {
  if (value.trim() === "") return "is empty";
  if (/^[^/]+@[^/]+:/.test(value)) return "is neither a path nor an https URL";
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(value)?.[1]?.toLowerCase();
  if (scheme === undefined) return undefined;
  if (scheme !== "https") return `has the scheme ${scheme}:`;
  return parseUrl(value) === undefined ? "is not a URL" : undefined;
}

const argocdSchema = z
  .strictObject({
    version: text({
      description: "Version of Argo CD that the manifests install.",
      expected: "a version of Argo CD, such as v3.2.0",
      pattern: /^v\d+\.\d+\.\d+$/,
    }),
    manifests: text({
      description:
        "Argo CD's official install manifests: a path relative to the project, or an https URL that is pinned to a version.",
      expected: "a path relative to the project, or an https URL",
      wrong: wrongManifests,
    }),
    reconciliation: text({
      description: "How often Argo CD looks for new commits in the state store.",
      expected: "a duration above zero in seconds, minutes or hours, such as 180s",
      pattern: /^[1-9]\d{0,4}[smh]$/,
    }),
  })
  .meta({
    description: "Argo CD on the platform cluster.",
    expected: "a map with the fields version, manifests and reconciliation",
  });

/** What git refuses in the name of a branch, as far as anybody would type it; see git-check-ref-format(1). */
function wrongBranch(value: string): string | undefined {
  const forbidden = /[\p{C}\s~^:?*[\\]|\.\.|@\{|\/\/|^[-/.]|[/.]$|\/\.|\.lock(?:\/|$)|^@?$/u;
  return forbidden.test(value) ? "is not a name that git allows for a branch" : undefined;
}

const stateStoreSchema = z
  .strictObject({
    url: secureUrl({
      description:
        "The git repository that Haulway commits rendered manifests to, and that Argo CD reads. Without credentials.",
      expected: "an https URL without credentials; http only on this machine",
    }),
    branch: text({
      description: "Branch of the repository.",
      expected: "the name of a branch, such as main",
      wrong: wrongBranch,
    }),
    credentials: z
      .strictObject({
        username: text({
          description: "User that Haulway commits as and Argo CD reads as.",
          expected: "a user name without blanks",
          pattern: /^\S+$/,
        }),
        passwordFrom: secretFrom("the user's password or token"),
      })
      .meta({
        description: "Credentials for the repository.",
        expected: "a map with the fields username and passwordFrom",
      }),
  })
  .meta({ description: "The state store.", expected: "a map with the fields url, branch and credentials" });

const SECRETS_PROVIDER = /^(?:passphrase|default|(?:awskms|azurekeyvault|gcpkms|hashivault):\/\/\S+)$/;

const pulumiSchema = z
  .strictObject({
    secretsProvider: text({
      description:
        "What encrypts the secrets in the state of the environment's stacks. `passphrase` reads PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE.",
      expected:
        "passphrase, default, or the URL of a key, such as awskms://alias/haulway-prod?region=eu-central-1",
      pattern: SECRETS_PROVIDER,
    }).default("passphrase"),
  })
  .meta({ description: "Settings of Pulumi.", expected: "a map with the field secretsProvider" });

const environmentSpecSchema = z
  .strictObject({
    aws: awsSchema,
    tags: tagsSchema.default({}),
    argocd: argocdSchema,
    stateStore: stateStoreSchema,
    nats: natsSchema,
    pulumi: pulumiSchema.prefault({}),
    platformCluster: clusterSchema.meta({
      description: "The cluster that runs Argo CD and controls the others. No team's workload runs on it.",
      expected: "a map with the fields of a cluster",
    }),
    workloadClusters: z.array(clusterSchema).meta({
      description: "The clusters that workloads run on.",
      expected: "a list of clusters, which may be empty",
    }),
  })
  .meta({
    description: "What the environment is.",
    expected:
      "a map with the fields aws, argocd, stateStore, nats, platformCluster and workloadClusters, and if need be tags and pulumi",
  });

/** Schema of a file `environments/<name>.yaml`. */
export const environmentSchema = documentSchema(
  "Environment",
  {
    description:
      "Name of the environment: the name of its file, and the first part of the names of its stacks.",
    nameExample: "dev",
  },
  environmentSpecSchema,
);

/** What an environment is: the content of `environments/<name>.yaml`, validated, with its variables filled in. */
export interface Environment extends DeepReadonly<z.output<typeof environmentSpecSchema>> {
  /** `metadata.name`, which is also the name of the file. */
  readonly name: string;
}
