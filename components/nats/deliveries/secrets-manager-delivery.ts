import { Secret } from "@pulumi/aws/secretsmanager/secret.js";
import { SecretVersion } from "@pulumi/aws/secretsmanager/secretVersion.js";
import * as pulumi from "@pulumi/pulumi";
import type { WorkloadIdentifiers } from "../../../manifests/labels.ts";
import { externalSecret } from "../../../manifests/workload/external-secret.ts";
import { toYaml } from "../../../manifests/yaml.ts";
import { credentialFile, natsUserReference, secretsManagerName } from "../../../model/naming.ts";
import type { CredentialDelivery, CredentialDeliveryArgs } from "./credential-delivery.ts";

/** The credentials of one NATS user, and the workload that they are for. */
export interface SecretsManagerDeliveryArgs {
  readonly workload: WorkloadIdentifiers;
  /** Name of the user within the workload. */
  readonly user: string;
  /** Creds files by key. */
  readonly creds: pulumi.Input<Readonly<Record<string, string>>>;
}

/** Keeps the credentials of a NATS user in AWS Secrets Manager, as JSON of the Secret's keys and values. Needs an AWS provider. */
export class SecretsManagerDelivery extends pulumi.ComponentResource {
  constructor(name: string, args: SecretsManagerDeliveryArgs, options?: pulumi.ComponentResourceOptions) {
    super("haulway:nats:SecretsManagerDelivery", name, {}, options);
    const { environment, system, workload } = args.workload;
    const secret = new Secret(
      `${name}-secret`,
      {
        name: secretsManagerName(environment, system, workload, args.user),
        description: `Creds of the NATS user ${natsUserReference(system, workload, args.user)}`,
        // A user that is gone leaves nothing worth recovering: its credentials are revoked. A window would only keep the name.
        recoveryWindowInDays: 0,
      },
      { parent: this },
    );
    new SecretVersion(
      `${name}-version`,
      { secretId: secret.id, secretString: pulumi.secret(args.creds).apply(sortedJson) },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

/** Delivers credentials by AWS Secrets Manager, from where External Secrets on each cluster makes the Secret. */
export function deliverBySecretsManager(
  name: string,
  args: CredentialDeliveryArgs,
  { secretStore }: { readonly secretStore: string },
): CredentialDelivery {
  const { workload, user, clusters, creds, publicKey, issuedAt, aws } = args;
  const delivery = new SecretsManagerDelivery(name, { workload, user, creds }, { providers: { aws } });
  const files = pulumi.all([publicKey, issuedAt]).apply(([publicKey, issuedAt]) => {
    const text = toYaml(externalSecret(workload, user, { publicKey, issuedAt }, secretStore));
    return Object.fromEntries(
      clusters.map(({ name }) => [credentialFile(workload.system, workload.workload, name, user), text]),
    );
  });
  return { resources: [delivery], files };
}

/** The same text for the same values, in whatever order they come. */
function sortedJson(creds: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(creds).sort(([a], [b]) => (a < b ? -1 : 1))));
}
