import { createHash, type KeyObject, X509Certificate } from "node:crypto";

/** The certificate of a sealed-secrets controller. */
export interface SealingCertificate {
  /** RSA. */
  readonly publicKey: KeyObject;
  /** SHA-256 of the certificate (DER), hexadecimal: the same for every spelling of the same certificate. */
  readonly fingerprint: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

/** Shorter keys have not been considered safe since 2013; the controller makes 4096. */
const SHORTEST_KEY_BITS = 2048;

const WAY_OUT = "kubeseal --fetch-cert prints the controller's present one";

/**
 * The certificate in a PEM text, the first if there are several, as kubeseal does; or why there is none: a sentence without
 * a capital or a full stop, which quotes nothing of the text.
 */
export function readCertificate(pem: string): SealingCertificate | { readonly problem: string } {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    return {
      problem: `holds a private key, which belongs in the cluster only: whoever has it can unseal everything. Expected is the certificate: ${WAY_OUT}`,
    };
  }
  const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(pem)?.[0];
  const certificate = block === undefined ? undefined : parse(block);
  if (certificate === undefined) {
    return {
      problem: `must be a certificate in PEM form, from "-----BEGIN CERTIFICATE-----" to its end: ${WAY_OUT}`,
    };
  }
  const { publicKey } = certificate;
  if (publicKey.asymmetricKeyType !== "rsa") {
    return {
      problem: `must be of an RSA key, the only kind that can seal; this one is of a key of kind "${publicKey.asymmetricKeyType ?? "unknown"}": ${WAY_OUT}`,
    };
  }
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < SHORTEST_KEY_BITS) {
    return { problem: `must be of an RSA key of ${SHORTEST_KEY_BITS} bits or more; this one has ${bits}` };
  }
  return {
    publicKey,
    fingerprint: createHash("sha256").update(certificate.raw).digest("hex"),
    expiresAt: Date.parse(certificate.validTo),
  };
}

/**
 * Why nothing may be sealed with the certificate any more, or `undefined`.
 *
 * @param now unix milliseconds
 */
export function expiryProblem({ expiresAt }: SealingCertificate, now: number): string | undefined {
  return now < expiresAt ? undefined : `expired at ${new Date(expiresAt).toISOString()}: ${WAY_OUT}`;
}

function parse(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch {
    return undefined;
  }
}
