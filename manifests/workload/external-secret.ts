import { secretsManagerName } from "../../model/naming.ts";
import type { WorkloadIdentifiers } from "../labels.ts";
import { generationId, type NatsGeneration } from "./nats.ts";
import { type NatsSecretMetadata, natsSecretMetadata } from "./nats-secret.ts";

/** An ExternalSecret of External Secrets, with the fields that Haulway sets. */
export interface ExternalSecret {
  readonly apiVersion: "external-secrets.io/v1";
  readonly kind: "ExternalSecret";
  readonly metadata: NatsSecretMetadata & { readonly annotations: { readonly "force-sync": string } };
  readonly spec: {
    readonly refreshInterval: string;
    readonly secretStoreRef: { readonly kind: "ClusterSecretStore"; readonly name: string };
    readonly target: {
      readonly name: string;
      readonly creationPolicy: "Owner";
      readonly deletionPolicy: "Retain";
      readonly template: SecretTemplate;
    };
    readonly dataFrom: readonly { readonly extract: ExtractedSecret }[];
  };
}

interface SecretTemplate {
  readonly engineVersion: "v2";
  readonly mergePolicy: "Replace";
  readonly metadata: { readonly labels: Record<string, string> };
  readonly type: "Opaque";
}

interface ExtractedSecret {
  readonly key: string;
  readonly conversionStrategy: "Default";
  readonly decodingStrategy: "None";
  readonly metadataPolicy: "None";
}

/**
 * Makes the Secret of a NATS user from the secret in AWS Secrets Manager, whose fields are the keys of the Secret.
 *
 * External Secrets looks again when the annotation changes, which names the generation: at once when there are new
 * credentials. Defaults are written out, since Argo CD would take those that the API server fills in for a difference.
 *
 * @param secretStore name of the ClusterSecretStore to read with
 */
export function externalSecret(
  ids: WorkloadIdentifiers,
  user: string,
  generation: NatsGeneration,
  secretStore: string,
): ExternalSecret {
  const metadata = natsSecretMetadata(ids, user);
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { ...metadata, annotations: { "force-sync": generationId(generation) } },
    spec: {
      refreshInterval: "1h",
      secretStoreRef: { kind: "ClusterSecretStore", name: secretStore },
      target: {
        name: metadata.name,
        creationPolicy: "Owner",
        deletionPolicy: "Retain",
        template: {
          engineVersion: "v2",
          mergePolicy: "Replace",
          metadata: { labels: metadata.labels },
          type: "Opaque",
        },
      },
      dataFrom: [
        {
          extract: {
            key: secretsManagerName(ids.environment, ids.system, ids.workload, user),
            conversionStrategy: "Default",
            decodingStrategy: "None",
            metadataPolicy: "None",
          },
        },
      ],
    },
  };
}
