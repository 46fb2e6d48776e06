import { z } from "zod";
import { distinctList, integer, text } from "./schema/field.ts";
import { name, secretFrom } from "./schema/name.ts";
import { wrongAccountKey } from "./schema/nkey.ts";
import type { DeepReadonly } from "./schema/readonly.ts";
import { insecureNatsServers, secureUrl } from "./schema/url.ts";

const synadiaSchema = z
  .strictObject({
    url: secureUrl({
      description: "Address of the Synadia Control Plane.",
      expected:
        "an https URL without credentials and path, such as https://cloud.synadia.com; http only on this machine",
      originOnly: true,
    }),
    accountId: text({
      description: "Id of the NATS account that holds the environment's users.",
      expected: "an id of 27 letters and digits, such as 2bKAVoSBsfwNDAEj5MdMaiwqj8e",
      pattern: /^[0-9A-Za-z]{27}$/,
    }),
    signingKeyGroup: text({
      description: "Name of the signing key group that signs the users.",
      expected: "the name of a signing key group, such as Default",
      pattern: /^\S(?:.*\S)?$/,
    }),
    tokenFrom: secretFrom("a token of the Synadia Control Plane"),
    parallelCalls: integer({
      description: "How many requests to the Synadia Control Plane run at a time, in each run of a stack.",
      expected: "a whole number from 1 to 64",
      minimum: 1,
      maximum: 64,
    }).default(8),
  })
  .meta({
    description: "The account in the Synadia Control Plane that issues users and creds.",
    expected:
      "a map with the fields url, accountId, signingKeyGroup and tokenFrom, and if need be parallelCalls",
  });

const operatorSchema = z
  .strictObject({
    account: text({
      description: "Public key of the NATS account that holds the environment's users.",
      expected: "the public key of a NATS account: 56 letters and digits that begin with A",
      sensitive: true,
      wrong: wrongAccountKey,
    }),
    signingKeyFrom: secretFrom("the seed of a signing key of the account (SA…), which signs the users"),
    operatorKeyFrom: secretFrom(
      "the seed of a signing key of the operator (SO…), which signs the account when a user is revoked",
    ),
    systemCredsFrom: secretFrom(
      "the creds file of a user of the system account, by which the servers are told of it",
    ),
  })
  .meta({
    description:
      "The keys with which Haulway itself issues users and creds, for nats-servers of your own that run in operator mode.",
    expected: "a map with the fields account, signingKeyFrom, operatorKeyFrom and systemCredsFrom",
  });

const DEFAULT_SECRET_STORE = "aws-secrets-manager";

const deliverySchema = z
  .strictObject({
    kind: z.enum(["secret", "secretsManager", "sealedSecret"]).default("secret").meta({
      description:
        "`secret`: Haulway writes a Secret to each cluster. `secretsManager`: Haulway writes to AWS Secrets Manager, and External Secrets on the cluster makes the Secret. `sealedSecret`: Haulway seals the creds into the state store, and Sealed Secrets on the cluster makes the Secret.",
      expected: "secret, secretsManager or sealedSecret",
    }),
    secretStore: text({
      description: `With \`secretsManager\`: name of the ClusterSecretStore that External Secrets reads with. Default: \`${DEFAULT_SECRET_STORE}\`.`,
      expected: `the name of a ClusterSecretStore, such as ${DEFAULT_SECRET_STORE}`,
      pattern: /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/,
    }).optional(),
    certificates: z
      .record(
        name("Name of a workload cluster.", "workload-a"),
        text({
          description:
            "File with the certificate that Sealed Secrets on the cluster made for itself, in PEM.",
          expected: "a path relative to the project, such as certificates/dev-workload-a.pem",
          pattern: /^\S(?:.*\S)?$/,
        }),
      )
      .meta({
        description:
          "With `sealedSecret`: for each workload cluster, the file with the certificate to seal with (`kubeseal --fetch-cert`).",
        expected: "a map of files by cluster, such as { workload-a: certificates/dev-workload-a.pem }",
      })
      .optional(),
  })
  .superRefine(({ kind, secretStore, certificates }, context) => {
    const report = (path: string[], message: string, expected: string) =>
      context.addIssue({ code: "custom", path, message, params: { expected } });
    if (secretStore !== undefined && kind !== "secretsManager") {
      report(["secretStore"], `has no meaning with kind ${kind}`, "kind: secretsManager, or no secretStore");
    }
    if (certificates !== undefined && kind !== "sealedSecret") {
      report(["certificates"], `have no meaning with kind ${kind}`, "kind: sealedSecret, or no certificates");
    }
    if (certificates === undefined && kind === "sealedSecret") {
      report(
        [],
        "has no certificates to seal with",
        "the field certificates, such as { workload-a: certificates/dev-workload-a.pem }",
      );
    }
  })
  .meta({
    description: "How creds reach the clusters.",
    expected: "a map with the field kind, and secretStore or certificates if the kind has them",
  });

/** Schema of what people call a NATS user. */
function userReference(description: string): z.ZodString {
  return text({
    description,
    expected: "a NATS user as <system>/<workload>/<user>, such as claims/intake/publisher",
    pattern: /^[a-z][a-z0-9-]*(?:\/[a-z][a-z0-9-]*){2}$/,
    fixed: true,
  });
}

const rotationSchema = z
  .strictObject({
    user: userReference("The NATS user."),
    epoch: integer({
      description: "Any change makes new credentials with a new nkey.",
      expected: "a whole number from 1 to 1000000",
      minimum: 1,
      maximum: 1_000_000,
    }),
    reason: text({
      description: "Why, for people to read. Never a secret.",
      expected: "a text of at most 200 characters on one line",
      pattern: /^[^\p{C}]{1,200}$/u,
    }).optional(),
  })
  .meta({
    description: "Credentials that were made anew out of turn.",
    expected: "a map with the fields user and epoch, and if need be reason",
  });

/** Schema of the section `nats` of an environment. */
export const natsSchema = z
  .strictObject({
    servers: text({
      description: "URLs that workloads connect to, separated by commas.",
      expected:
        "tls:// or wss:// URLs without credentials, separated by commas; nats:// only on this machine",
      sensitive: true,
      wrong: insecureNatsServers,
    }),
    synadia: synadiaSchema.optional(),
    operator: operatorSchema.optional(),
    delivery: deliverySchema.prefault({}),
    allowAll: distinctList(userReference("A NATS user that may have subjects outside of its team's."), {
      description: "The NATS users whose `allowAll` the environment grants.",
      expected: "a list of NATS users, such as [claims/intake/publisher]",
    }).default([]),
    rotations: z.array(rotationSchema).default([]).meta({
      description: "Credentials that were made anew out of turn. `haulway creds rotate` writes it.",
      expected: "a list of maps with the fields user and epoch, and if need be reason",
    }),
  })
  .superRefine(({ synadia, operator }, context) => {
    if ((synadia === undefined) !== (operator === undefined)) return;
    const message = synadia === undefined ? "names nobody who issues users" : "names two who issue users";
    context.addIssue({ code: "custom", message });
  })
  .meta({
    description: "NATS, for all teams.",
    expected:
      "a map with the fields servers and exactly one of synadia and operator, and if need be delivery, allowAll and rotations",
  });

/** NATS in an environment: where the servers are, who issues users, and how their creds reach the clusters. */
export interface NatsSettings extends DeepReadonly<z.output<typeof natsSchema>> {}

type Synadia = NonNullable<NatsSettings["synadia"]>;
type Operator = NonNullable<NatsSettings["operator"]>;

/** Who issues the users of an environment. Secrets are named by the variables that hold them. */
export type NatsIssuer =
  | ({ readonly kind: "synadia" } & Synadia)
  | ({ readonly kind: "operator"; readonly servers: string } & Operator);

/**
 * Who issues the users.
 *
 * @throws Error if there is nobody: validation has to refuse that first
 */
export function natsIssuer({ servers, synadia, operator }: NatsSettings): NatsIssuer {
  if (synadia !== undefined) return { kind: "synadia", ...synadia };
  if (operator !== undefined) return { kind: "operator", servers, ...operator };
  throw new Error("The environment names nobody who issues NATS users.");
}

/** How creds reach the clusters. */
export type NatsDelivery =
  | { readonly kind: "secret" }
  | {
      readonly kind: "secretsManager";
      /** Name of the ClusterSecretStore. */
      readonly secretStore: string;
    }
  | {
      readonly kind: "sealedSecret";
      /** The file with the certificate of each workload cluster, relative to the project, by the cluster's name. */
      readonly certificates: Readonly<Record<string, string>>;
    };

/** How creds reach the clusters, with its defaults. */
export function natsDelivery({ delivery }: Pick<NatsSettings, "delivery">): NatsDelivery {
  const { kind, secretStore = DEFAULT_SECRET_STORE, certificates = {} } = delivery;
  switch (kind) {
    case "secret":
      return { kind };
    case "secretsManager":
      return { kind, secretStore };
    case "sealedSecret":
      return { kind, certificates };
  }
}
