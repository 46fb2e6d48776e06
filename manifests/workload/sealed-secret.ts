import type { WorkloadIdentifiers } from "../labels.ts";
import { type NatsSecretMetadata, natsSecretMetadata } from "./nats-secret.ts";

/** A SealedSecret of Sealed Secrets, with the fields that Haulway sets. */
export interface SealedSecret {
  readonly apiVersion: "bitnami.com/v1alpha1";
  readonly kind: "SealedSecret";
  readonly metadata: NatsSecretMetadata;
  readonly spec: {
    readonly encryptedData: Readonly<Record<string, string>>;
    readonly template: { readonly metadata: NatsSecretMetadata; readonly type: "Opaque" };
  };
}

/**
 * The sealed Secret of a NATS user, which only Sealed Secrets on the cluster whose certificate it was sealed with can open,
 * and only under this name in this namespace.
 *
 * @param encryptedData the sealed value of each key, in base64
 */
export function sealedSecret(
  ids: WorkloadIdentifiers,
  user: string,
  encryptedData: Readonly<Record<string, string>>,
): SealedSecret {
  const metadata = natsSecretMetadata(ids, user);
  return {
    apiVersion: "bitnami.com/v1alpha1",
    kind: "SealedSecret",
    metadata,
    spec: { encryptedData, template: { metadata, type: "Opaque" } },
  };
}
