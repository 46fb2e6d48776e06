import "reflect-metadata";
import { createPrivateKey, type KeyObject, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** What can be known of a controller of Sealed Secrets: its certificate, and here its key as well. */
export interface SealingController {
  /** The certificate. */
  readonly pem: string;
  readonly key: KeyObject;
}

type KeyAlgorithm = webcrypto.RsaHashedKeyGenParams | (webcrypto.EcKeyGenParams & { hash: string });

const DAY = 86_400_000;

/** As the controller's keys are, except for their length. */
export const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

/** A key and a certificate of it, which expires in a day unless told otherwise. */
export async function makeSealingController({
  notAfter = Date.now() + DAY,
  algorithm = RSA,
}: {
  readonly notAfter?: number;
  readonly algorithm?: KeyAlgorithm;
} = {}): Promise<SealingController> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    keys,
    notBefore: new Date(notAfter - 2 * DAY),
    notAfter: new Date(notAfter),
    signingAlgorithm: algorithm,
  });
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    pem: certificate.toString("pem"),
    key: createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" }),
  };
}
