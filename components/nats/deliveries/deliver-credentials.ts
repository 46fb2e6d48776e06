import type { CredentialDelivery, CredentialDeliveryArgs } from "./credential-delivery.ts";
import { deliverAsSealedSecret } from "./sealed-secret-delivery.ts";
import { deliverAsSecret } from "./secret-delivery.ts";
import { deliverBySecretsManager } from "./secrets-manager-delivery.ts";

/** What each kind of delivery needs to know of the environment. */
interface SettingsByKind {
  readonly secret: { readonly kind: "secret" };
  readonly secretsManager: {
    readonly kind: "secretsManager";
    /** Name of the ClusterSecretStore on every cluster. */
    readonly secretStore: string;
  };
  readonly sealedSecret: {
    readonly kind: "sealedSecret";
    /** The certificate of Sealed Secrets on each workload cluster, in PEM, by the cluster's name. */
    readonly certificates: Readonly<Record<string, string>>;
  };
}

/** How the credentials of all NATS users of an environment reach the clusters. */
export type DeliverySettings = SettingsByKind[keyof SettingsByKind];

const DELIVERIES: {
  readonly [Kind in keyof SettingsByKind]: (
    name: string,
    args: CredentialDeliveryArgs,
    settings: SettingsByKind[Kind],
  ) => CredentialDelivery;
} = {
  secret: deliverAsSecret,
  secretsManager: deliverBySecretsManager,
  sealedSecret: deliverAsSealedSecret,
};

/**
 * Delivers the credentials of one NATS user to the clusters of its workload, in the way of the environment.
 *
 * @param name logical name, unique in the stack
 */
export function deliverCredentials<Kind extends keyof SettingsByKind>(
  name: string,
  args: CredentialDeliveryArgs,
  settings: SettingsByKind[Kind] & { readonly kind: Kind },
): CredentialDelivery {
  return DELIVERIES[settings.kind](name, args, settings);
}
