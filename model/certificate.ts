import { X509Certificate } from "node:crypto";

/**
 * What is wrong with a file that is to hold the certificate of Sealed Secrets; undefined if nothing is.
 *
 * @param text the content of the file
 */
export function wrongSealingCertificate(text: string): string | undefined {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return "holds a private key";
  if (!text.includes("-----BEGIN CERTIFICATE-----")) return "holds no certificate in PEM";
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(text);
  } catch {
    return "holds a certificate that cannot be read";
  }
  const kind = certificate.publicKey.asymmetricKeyType ?? "unknown";
  return kind === "rsa" ? undefined : `holds a certificate with a key of type ${kind}, which cannot seal`;
}
