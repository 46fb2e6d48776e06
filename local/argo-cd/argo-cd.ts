import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "../../model/environment.ts";
import { UserError } from "../../model/user-error.ts";
import { writeFileAtomically } from "../atomic-file.ts";
import {
  adminCertificate,
  type ControlPlaneContext,
  type LocalCluster,
  serverAddress,
} from "../control-plane/cluster.ts";
import { renderKubeconfig } from "../control-plane/kubeconfig.ts";
import { acceptsConnections, answersHttp, answersHttps } from "../processes/probe.ts";
import type { ProcessSpec } from "../processes/process-spec.ts";
import { ensureSessionKey } from "./session-key.ts";

const namespace = "argocd";
/** The longest path that a Unix socket may have: 104 bytes on macOS, 108 on Linux, with the null byte. */
const longestSocketPath = 103;

/** Argo CD's controllers; each is to the API server what its ServiceAccount would be. */
type Controller = "application-controller" | "applicationset-controller";

/** What Argo CD's processes are made from. */
export interface ArgoCdOptions extends ControlPlaneContext {
  readonly toolchain: ControlPlaneContext["toolchain"] & { readonly binDir: string };
  readonly environment: Pick<Environment, "argocd">;
  /** The cluster that Argo CD belongs to. */
  readonly platform: LocalCluster;
}

/** Argo CD as processes, in the order in which they can start. */
export interface ArgoCd {
  /** Redis and the repo-server: need nothing of the cluster. */
  readonly backends: readonly ProcessSpec[];
  /** The controllers: need the platform stack to have installed Argo CD's namespace, CRDs, roles and settings. */
  readonly controllers: readonly ProcessSpec[];
  /** Whether that is so. */
  readonly isInstalled: () => Promise<boolean>;
  /** Does what the controllers wait for and `argocd-server`, which does not run here, does in a cluster. Before they start. */
  readonly initialize: () => Promise<void>;
}

/** The names of the ports that Argo CD's processes use. */
export const argoCdPorts = [
  "argocd-redis",
  "argocd-repo-server",
  "argocd-repo-server-metrics",
  "argocd-application-controller-metrics",
  "argocd-applicationset-controller-metrics",
  "argocd-applicationset-controller-probe",
  "argocd-applicationset-controller-webhook",
];

/**
 * Issues the controllers' certificates and describes the processes: the real `argocd` binary in its roles, and an in-memory Redis.
 *
 * A controller's client certificate names the user that its ServiceAccount is (`system:serviceaccount:argocd:…`), so that exactly the
 * roles bind that Argo CD's own manifests install, as they would in a pod; unlike a token it needs no renewal while it runs.
 *
 * @throws UserError if the project's path is too long for a Unix socket.
 */
export async function prepareArgoCd(options: ArgoCdOptions): Promise<ArgoCd> {
  const { layout, pki, ports, platform } = options;
  const admin = adminCertificate(layout, platform);
  for (const directory of [
    layout.argocd,
    join(layout.argocd, "tmp"),
    join(layout.argocd, "tls"),
    join(layout.argocd, "ssh"),
  ]) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  }
  const settings = `${serverAddress(platform, ports)}/api/v1/namespaces/${namespace}/configmaps/argocd-cm`;
  return {
    backends: [redis(options), repoServer(options)],
    controllers: [
      applicationController(options, await writeKubeconfig(options, "application-controller")),
      applicationSetController(options, await writeKubeconfig(options, "applicationset-controller")),
    ],
    initialize: () => ensureSessionKey(layout.kubeconfigs.file(platform.name), namespace),
    isInstalled: () =>
      answersHttps(settings, { caFile: pki.caFile, ...admin }, AbortSignal.timeout(10_000)).catch(
        () => false,
      ),
  };
}

async function writeKubeconfig(
  { layout, pki, ports, platform }: ArgoCdOptions,
  controller: Controller,
): Promise<string> {
  const account = `argocd-${controller}`;
  const credentials = await pki.issueClientCertificate(account, {
    user: `system:serviceaccount:${namespace}:${account}`,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
  });
  const file = layout.controlPlane.file(`${account}.yaml`);
  const content = renderKubeconfig({
    cluster: platform.eksName,
    server: serverAddress(platform, ports),
    caCertificate: pki.caCertificate,
    user: account,
    credentials,
  });
  await writeFileAtomically(file, content, 0o600);
  return file;
}

function redis({ toolchain, ports }: ArgoCdOptions): ProcessSpec {
  const port = ports("argocd-redis");
  return {
    name: "argocd-redis",
    command: toolchain.path("redis"),
    args: ["--listen", `127.0.0.1:${port}`],
    port,
    ready: (signal) => acceptsConnections(port, signal),
  };
}

function repoServer(options: ArgoCdOptions): ProcessSpec {
  const { layout, ports } = options;
  const metrics = ports("argocd-repo-server-metrics");
  const socket = join(layout.argocd, "ask-pass.sock");
  if (Buffer.byteLength(socket) > longestSocketPath) {
    throw new UserError(
      `The path of the project is too long: ${socket} has ${Buffer.byteLength(socket)} bytes, expected at most ${longestSocketPath}, ` +
        "the longest path of a Unix socket. Move the project to a directory with a shorter path.",
    );
  }
  return argocd(options, "repo-server", {
    args: [
      "--address=127.0.0.1",
      `--port=${ports("argocd-repo-server")}`,
      "--metrics-address=127.0.0.1",
      `--metrics-port=${metrics}`,
      `--redis=127.0.0.1:${ports("argocd-redis")}`,
      "--disable-tls",
    ],
    env: { ARGOCD_ASK_PASS_SOCK: socket },
    port: ports("argocd-repo-server"),
    ready: async (signal) =>
      (await answersHttp(metrics, "/healthz", signal)) &&
      acceptsConnections(ports("argocd-repo-server"), signal),
  });
}

function applicationController(options: ArgoCdOptions, kubeconfig: string): ProcessSpec {
  const metrics = options.ports("argocd-application-controller-metrics");
  return argocd(options, "application-controller", {
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--namespace=${namespace}`,
      `--metrics-port=${metrics}`,
      `--redis=127.0.0.1:${options.ports("argocd-redis")}`,
      `--repo-server=127.0.0.1:${options.ports("argocd-repo-server")}`,
      "--repo-server-plaintext",
    ],
    // The cluster that Argo CD runs in has the address https://kubernetes.default.svc for it; it takes that one's kubeconfig from here.
    env: { ARGOCD_FAKE_IN_CLUSTER: "true", KUBECONFIG: kubeconfig },
    port: metrics,
    ready: (signal) => answersHttp(metrics, "/healthz", signal),
    readyTimeoutSeconds: 120,
  });
}

function applicationSetController(options: ArgoCdOptions, kubeconfig: string): ProcessSpec {
  const metrics = options.ports("argocd-applicationset-controller-metrics");
  return argocd(options, "applicationset-controller", {
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--namespace=${namespace}`,
      `--metrics-addr=127.0.0.1:${metrics}`,
      `--probe-addr=127.0.0.1:${options.ports("argocd-applicationset-controller-probe")}`,
      `--webhook-addr=127.0.0.1:${options.ports("argocd-applicationset-controller-webhook")}`,
      `--argocd-repo-server=127.0.0.1:${options.ports("argocd-repo-server")}`,
      "--repo-server-plaintext",
    ],
    env: { ARGOCD_FAKE_IN_CLUSTER: "true", KUBECONFIG: kubeconfig },
    port: metrics,
    ready: (signal) => answersHttp(metrics, "/metrics", signal),
    readyTimeoutSeconds: 120,
  });
}

type Role = "repo-server" | Controller;

function argocd(
  { toolchain, layout, environment }: ArgoCdOptions,
  role: Role,
  process: Pick<ProcessSpec, "args" | "port" | "ready" | "readyTimeoutSeconds"> & {
    readonly env: Readonly<Record<string, string>>;
  },
): ProcessSpec {
  return {
    name: `argocd-${role}`,
    command: toolchain.path(`argocd-${role}`),
    ...process,
    env: {
      HOME: layout.argocd,
      TMPDIR: join(layout.argocd, "tmp"),
      ARGOCD_TLS_DATA_PATH: join(layout.argocd, "tls"),
      ARGOCD_SSH_DATA_PATH: join(layout.argocd, "ssh"),
      ARGOCD_GPG_ENABLED: "false",
      // In a pod these come from argocd-cm, which the platform stack writes from the same field.
      ARGOCD_RECONCILIATION_TIMEOUT: environment.argocd.reconciliation,
      ARGOCD_RECONCILIATION_JITTER: "0s",
      GIT_CONFIG_NOSYSTEM: "1",
      HAULWAY_LOCAL_DIR: layout.root,
      GOMEMLIMIT: "400MiB",
      ...process.env,
    },
    // It runs argocd-k8s-auth, git and itself by name.
    pathPrefix: [layout.bin, toolchain.binDir],
  };
}
