import "reflect-metadata";
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { readFileIfPresent, writeFileAtomically } from "../atomic-file.ts";
import type { Layout } from "../layout.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const day = 24 * 60 * 60 * 1000;
const authorityValidity = 3650 * day;
const leafValidity = 365 * day;
/** An environment that is started again within this time of a certificate's end gets a new certificate. */
const renewalWindow = 30 * day;

/** A certificate and its private key, as paths of PEM files. */
export interface CertificateFiles {
  readonly certificate: string;
  /** Mode 0600. */
  readonly key: string;
}

/** Who a client certificate stands for: Kubernetes reads the user from CN and the groups from O. */
export interface ClientIdentity {
  readonly user: string;
  readonly groups: readonly string[];
}

/** The local environment's certificate authority. Everything that serves TLS locally is signed by it and verified against it. */
export interface Pki {
  /** Path of the CA certificate, PEM. */
  readonly caFile: string;
  /** The CA certificate, PEM. */
  readonly caCertificate: string;
  /**
   * A server certificate for `hosts` (DNS names and IP addresses), which may also identify its holder to etcd. An existing one is
   * kept unless it nears its end, lacks a host or comes from another CA.
   */
  issueServingCertificate(name: string, hosts: readonly string[]): Promise<CertificateFiles>;
  /** A client certificate for `identity`; kept under the same conditions. */
  issueClientCertificate(name: string, identity: ClientIdentity): Promise<CertificateFiles>;
  /** A key pair that signs service account tokens; `certificate` holds its public key. Made once, never renewed: tokens hang on it. */
  ensureSigningKey(name: string): Promise<CertificateFiles>;
}

interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly pem: string;
  readonly signingKey: webcrypto.CryptoKey;
}

interface LeafRequest {
  readonly subject: x509.JsonName;
  readonly hosts: readonly string[];
  readonly usages: readonly x509.ExtendedKeyUsage[];
}

/**
 * Loads the certificate authority below `layout.pki`, or makes it (first start, unreadable, near its end). A new authority replaces
 * every certificate as they are asked for.
 *
 * @param now milliseconds since 1970. @default the clock
 */
export async function ensurePki(layout: Layout, now: number = Date.now()): Promise<Pki> {
  x509.cryptoProvider.set(webcrypto);
  const authority = (await loadAuthority(layout, now)) ?? (await createAuthority(layout, now));
  const issue = async (name: string, request: LeafRequest): Promise<CertificateFiles> => {
    const files = { certificate: layout.pki.certificate(name), key: layout.pki.key(name) };
    if (!(await isUsable(files, request, authority, now))) await createLeaf(files, request, authority, now);
    return files;
  };
  return {
    caFile: layout.pki.caCertificate,
    caCertificate: authority.pem,
    issueServingCertificate: (name, hosts) =>
      issue(name, {
        subject: [{ CN: [name] }],
        hosts,
        usages: [x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth],
      }),
    issueClientCertificate: (name, identity) =>
      issue(name, {
        subject: [...identity.groups.map((group) => ({ O: [group] })), { CN: [identity.user] }],
        hosts: [],
        usages: [x509.ExtendedKeyUsage.clientAuth],
      }),
    ensureSigningKey: (name) => ensureSigningKey(layout, name),
  };
}

async function loadAuthority(layout: Layout, now: number): Promise<Authority | undefined> {
  const pem = await readFileIfPresent(layout.pki.caCertificate);
  const keyPem = await readFileIfPresent(layout.pki.caKey);
  const certificate = pem === undefined ? undefined : parseCertificate(pem);
  if (pem === undefined || keyPem === undefined || certificate === undefined) return undefined;
  if (!isFresh(certificate, now) || !matches(certificate, keyPem)) return undefined;
  const der = createPrivateKey(keyPem).export({ type: "pkcs8", format: "der" });
  const signingKey = await webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
  return { certificate, pem, signingKey };
}

async function createAuthority(layout: Layout, now: number): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: ["haulway local environment"] }],
    notBefore: new Date(now - day),
    notAfter: new Date(now + authorityValidity),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pem = `${certificate.toString("pem")}\n`;
  await writeFileAtomically(layout.pki.caKey, await privateKeyPem(keys.privateKey), 0o600);
  await writeFileAtomically(layout.pki.caCertificate, pem);
  return { certificate, pem, signingKey: keys.privateKey };
}

async function createLeaf(
  files: CertificateFiles,
  request: LeafRequest,
  authority: Authority,
  now: number,
): Promise<void> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: request.subject,
    issuer: authority.certificate.subjectName.toJSON(),
    notBefore: new Date(now - day),
    notAfter: new Date(now + leafValidity),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: authority.signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([...request.usages]),
      ...(request.hosts.length === 0
        ? []
        : [new x509.SubjectAlternativeNameExtension(request.hosts.map(generalName))]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
    ],
  });
  await writeFileAtomically(files.key, await privateKeyPem(keys.privateKey), 0o600);
  await writeFileAtomically(files.certificate, `${certificate.toString("pem")}\n`);
}

async function isUsable(
  files: CertificateFiles,
  request: LeafRequest,
  authority: Authority,
  now: number,
): Promise<boolean> {
  const pem = await readFileIfPresent(files.certificate);
  const keyPem = await readFileIfPresent(files.key);
  const certificate = pem === undefined ? undefined : parseCertificate(pem);
  if (certificate === undefined || keyPem === undefined) return false;
  const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
  return (
    isFresh(certificate, now) &&
    matches(certificate, keyPem) &&
    certificate.subject === new x509.Name(request.subject).toString() &&
    names
      .map((name) => name.value)
      .sort()
      .join() === [...request.hosts].sort().join() &&
    (await certificate.verify({ publicKey: authority.certificate, signatureOnly: true }))
  );
}

async function ensureSigningKey(layout: Layout, name: string): Promise<CertificateFiles> {
  const files = { certificate: layout.pki.certificate(name), key: layout.pki.key(name) };
  const existing = await readFileIfPresent(files.key);
  const key =
    existing ??
    generateKeyPairSync("ec", { namedCurve: "P-256" })
      .privateKey.export({ type: "sec1", format: "pem" })
      .toString();
  if (existing === undefined) await writeFileAtomically(files.key, key, 0o600);
  const publicKey = createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
  if ((await readFileIfPresent(files.certificate)) !== publicKey)
    await writeFileAtomically(files.certificate, publicKey);
  return files;
}

function parseCertificate(pem: string): x509.X509Certificate | undefined {
  try {
    return new x509.X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function matches(certificate: x509.X509Certificate, keyPem: string): boolean {
  try {
    const publicKey = createPublicKey(keyPem).export({ type: "spki", format: "der" });
    return publicKey.equals(Buffer.from(certificate.publicKey.rawData));
  } catch {
    return false;
  }
}

function isFresh(certificate: x509.X509Certificate, now: number): boolean {
  return certificate.notBefore.getTime() <= now && certificate.notAfter.getTime() - now > renewalWindow;
}

function generalName(host: string): x509.JsonGeneralName {
  return /^[\d.]+$|:/.test(host) ? { type: "ip", value: host } : { type: "dns", value: host };
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" })
    .export({ type: "pkcs8", format: "pem" })
    .toString();
}

/** Positive and 16 bytes, as RFC 5280 §4.1.2.2 asks. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}
