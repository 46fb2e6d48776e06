import { stringify } from "yaml";
import type { CertificateFiles } from "./pki.ts";

/** Who connects to which cluster. */
export interface KubeconfigOptions {
  /** Name of the cluster and of the context. */
  readonly cluster: string;
  /** URL of the API server. */
  readonly server: string;
  /** The CA certificate, PEM. */
  readonly caCertificate: string;
  /** Name of the entry; the API server reads the user from the certificate. */
  readonly user: string;
  /** Paths of the client's certificate and key. Not their content: a kubeconfig ends up in Pulumi's state, a key must not. */
  readonly credentials: CertificateFiles;
}

/** A kubeconfig, as YAML. */
export function renderKubeconfig({
  cluster,
  server,
  caCertificate,
  user,
  credentials,
}: KubeconfigOptions): string {
  const name = `${user}@${cluster}`;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: cluster,
        cluster: { server, "certificate-authority-data": Buffer.from(caCertificate).toString("base64") },
      },
    ],
    users: [{ name, user: { "client-certificate": credentials.certificate, "client-key": credentials.key } }],
    contexts: [{ name: cluster, context: { cluster, user: name } }],
    "current-context": cluster,
  });
}

/**
 * The configuration of an API server's token webhook: where it asks whom a bearer token belongs to. It has the form of a kubeconfig.
 *
 * @param url of the authenticator, for this cluster.
 * @param caFile path of the CA certificate that the authenticator's is verified against.
 */
export function renderTokenWebhook(url: string, caFile: string): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "authenticator", cluster: { server: url, "certificate-authority": caFile } }],
    users: [{ name: "kube-apiserver", user: {} }],
    contexts: [{ name: "authenticator", context: { cluster: "authenticator", user: "kube-apiserver" } }],
    "current-context": "authenticator",
  });
}
