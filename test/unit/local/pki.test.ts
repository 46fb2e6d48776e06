import { createPublicKey, X509Certificate } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensurePki } from "../../../local/control-plane/pki.ts";
import { type Layout, layout } from "../../../local/layout.ts";

const hosts = ["127.0.0.1", "localhost", "kubernetes.default.svc", "10.96.1.1"];
const admin = { user: "kubernetes-admin", groups: ["system:masters"] };
const day = 24 * 60 * 60 * 1000;

async function read(file: string): Promise<X509Certificate> {
  return new X509Certificate(await readFile(file));
}

async function issueAll(paths: Layout): Promise<string[]> {
  const pki = await ensurePki(paths);
  const files = [
    await pki.issueServingCertificate("etcd", hosts),
    await pki.issueClientCertificate("admin", admin),
    await pki.ensureSigningKey("service-accounts"),
  ];
  return Promise.all(
    files.flatMap((file) => [readFile(file.certificate, "utf8"), readFile(file.key, "utf8")]),
  );
}

describe("pki", () => {
  let directory: string;
  let paths: Layout;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "haulway-pki-"));
    paths = layout(directory);
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("issues serving certificates that the CA vouches for, for exactly the hosts asked for", async () => {
    const pki = await ensurePki(paths);
    const ca = new X509Certificate(pki.caCertificate);
    const certificate = await read(
      (await pki.issueServingCertificate("platform-kube-apiserver", hosts)).certificate,
    );
    expect(ca.ca).toBe(true);
    expect(ca.verify(ca.publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.checkIssued(ca)).toBe(true);
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.subjectAltName?.split(", ").sort()).toEqual(
      ["DNS:kubernetes.default.svc", "DNS:localhost", "IP Address:10.96.1.1", "IP Address:127.0.0.1"].sort(),
    );
    expect(certificate.checkHost("example.com")).toBeUndefined();
    expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
  });

  it("issues client certificates whose CN is the user and whose O are the groups", async () => {
    const pki = await ensurePki(paths);
    const identity = {
      user: "system:serviceaccount:argocd:argocd-application-controller",
      groups: ["system:serviceaccounts", "system:serviceaccounts:argocd"],
    };
    const certificate = await read((await pki.issueClientCertificate("argocd", identity)).certificate);
    expect(certificate.subject.split("\n")).toEqual([
      "O=system:serviceaccounts",
      "O=system:serviceaccounts:argocd",
      "CN=system:serviceaccount:argocd:argocd-application-controller",
    ]);
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
    expect(certificate.subjectAltName).toBeUndefined();
  });

  it("keeps every private key to its owner", async () => {
    const pki = await ensurePki(paths);
    await pki.issueServingCertificate("etcd", hosts);
    await pki.issueClientCertificate("admin", admin);
    await pki.ensureSigningKey("service-accounts");
    const keys = (await readdir(paths.pki.directory)).filter((name) => name.endsWith(".key"));
    expect(keys.sort()).toEqual(["admin.key", "ca.key", "etcd.key", "service-accounts.key"]);
    for (const key of keys) expect((await stat(join(paths.pki.directory, key))).mode & 0o777).toBe(0o600);
    expect((await stat(paths.pki.directory)).mode & 0o777).toBe(0o700);
  });

  it("keeps what is there when the environment starts again", async () => {
    expect(await issueAll(paths)).toEqual(await issueAll(paths));
  });

  it.each([
    { change: "a host is new", hosts: [...hosts, "10.96.2.1"], days: 0 },
    { change: "a host is gone", hosts: hosts.slice(1), days: 0 },
    { change: "the certificate ends soon", hosts, days: 340 },
  ])("issues again when $change", async (change) => {
    const before = await read(
      (await (await ensurePki(paths)).issueServingCertificate("etcd", hosts)).certificate,
    );
    const later = await ensurePki(paths, Date.now() + change.days * day);
    const after = await read((await later.issueServingCertificate("etcd", change.hosts)).certificate);
    expect(after.fingerprint256).not.toBe(before.fingerprint256);
    expect(after.verify(new X509Certificate(later.caCertificate).publicKey)).toBe(true);
  });

  it("issues a client certificate again when the groups change", async () => {
    const pki = await ensurePki(paths);
    await pki.issueClientCertificate("admin", { user: "someone", groups: [] });
    const certificate = await read((await pki.issueClientCertificate("admin", admin)).certificate);
    expect(certificate.subject).toBe("O=system:masters\nCN=kubernetes-admin");
  });

  it.each(["ca.crt", "ca.key"])("starts anew, consistently, when %s is damaged", async (file) => {
    const files = await (await ensurePki(paths)).issueServingCertificate("etcd", hosts);
    await writeFile(join(paths.pki.directory, file), "-----BEGIN NOTHING-----\n");
    const pki = await ensurePki(paths);
    expect(await pki.issueServingCertificate("etcd", hosts)).toEqual(files);
    expect((await read(files.certificate)).verify(new X509Certificate(pki.caCertificate).publicKey)).toBe(
      true,
    );
  });

  it("replaces a certificate whose key is another's", async () => {
    const pki = await ensurePki(paths);
    const etcd = await pki.issueServingCertificate("etcd", hosts);
    const other = await pki.issueServingCertificate("other", hosts);
    await writeFile(etcd.key, await readFile(other.key));
    await pki.issueServingCertificate("etcd", hosts);
    const certificate = await read(etcd.certificate);
    expect(createPublicKey(await readFile(etcd.key)).export({ type: "spki", format: "pem" })).toBe(
      certificate.publicKey.export({ type: "spki", format: "pem" }),
    );
  });
});
