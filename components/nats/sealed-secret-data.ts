import * as pulumi from "@pulumi/pulumi";
import { ForwardedResource } from "../forwarded-resource.ts";

/** What to seal, and for whom. */
export interface SealedSecretDataArgs {
  /** Namespace of the SealedSecret. Another one replaces the resource, because nothing sealed can move. */
  readonly namespace: pulumi.Input<string>;
  /** Name of the SealedSecret. Another one replaces the resource. */
  readonly name: pulumi.Input<string>;
  /** The certificate of the cluster's sealed-secrets controller, as PEM text. Another one seals everything again. */
  readonly certificate: pulumi.Input<string>;
  /** The values of the Secret by key. Made a secret here. */
  readonly data: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
}

/**
 * The `encryptedData` of a SealedSecret in strict scope: safe to commit, and readable by one controller for one Secret only.
 *
 * Sealing the same value twice gives different bytes. So what was sealed is kept in the state, and a value is sealed again only
 * when it, the certificate, the namespace or the name changed; every other key keeps its bytes.
 */
export class SealedSecretData extends ForwardedResource {
  /** The sealed values by key, base64. Not secret. */
  declare readonly encryptedData: pulumi.Output<Readonly<Record<string, string>>>;

  constructor(name: string, args: SealedSecretDataArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "sealedSecretData",
      "SealedSecretData",
      name,
      { ...args, data: pulumi.secret(args.data), encryptedData: undefined, fingerprintKey: undefined },
      pulumi.mergeOptions(options, { additionalSecretOutputs: ["fingerprintKey"] }),
    );
  }
}
