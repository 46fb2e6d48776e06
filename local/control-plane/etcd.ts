import { answersHttps } from "../processes/probe.ts";
import type { ProcessSpec } from "../processes/process-spec.ts";
import type { ControlPlaneContext } from "./cluster.ts";
import type { CertificateFiles } from "./pki.ts";

/** The certificate of etcd, and the one that every API server shows to it. */
export interface EtcdCertificates {
  readonly server: CertificateFiles;
  readonly client: CertificateFiles;
}

/** Issues the certificates of etcd and of its clients. */
export async function prepareEtcd({ pki }: ControlPlaneContext): Promise<EtcdCertificates> {
  return {
    server: await pki.issueServingCertificate("etcd", ["127.0.0.1", "localhost"]),
    client: await pki.issueClientCertificate("etcd-client", { user: "kube-apiserver", groups: [] }),
  };
}

/** URL of etcd for its clients. */
export function etcdUrl({ ports }: Pick<ControlPlaneContext, "ports">): string {
  return `https://127.0.0.1:${ports("etcd")}`;
}

/**
 * The one etcd of the environment; each cluster keeps its objects under a prefix of its own. Clients and peers authenticate with
 * certificates of the local CA. Uses the ports `etcd` and `etcd-peer`: a member cannot do without a peer address, even alone.
 */
export function etcd(context: ControlPlaneContext, { server, client }: EtcdCertificates): ProcessSpec {
  const { toolchain, layout, pki, ports } = context;
  const peerUrl = `https://127.0.0.1:${ports("etcd-peer")}`;
  return {
    name: "etcd",
    command: toolchain.path("etcd"),
    args: [
      "--name=local",
      `--data-dir=${layout.etcd}`,
      `--listen-client-urls=${etcdUrl(context)}`,
      `--advertise-client-urls=${etcdUrl(context)}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=local=${peerUrl}`,
      ...["", "peer-"].flatMap((scope) => [
        `--${scope}cert-file=${server.certificate}`,
        `--${scope}key-file=${server.key}`,
        `--${scope}trusted-ca-file=${pki.caFile}`,
        `--${scope}client-cert-auth=true`,
      ]),
      "--log-level=warn",
    ],
    env: { GOGC: "50" },
    port: ports("etcd"),
    ready: (signal) => answersHttps(`${etcdUrl(context)}/readyz`, { caFile: pki.caFile, ...client }, signal),
  };
}
