import { join, resolve } from "node:path";

/**
 * Every path of the local environment. All of them lie below one directory, `<project>/.local`, so that removing that directory
 * removes everything the environment wrote.
 */
export interface Layout {
  /** `<project>/.local`, absolute. */
  readonly root: string;
  /** Held by a `local up` or `local down` that is running. */
  readonly lock: string;
  /** Which process holds the lock. */
  readonly lockHolder: string;
  /** What every process of a run needs to know of the environment: written at each start. */
  readonly settingsFile: string;
  /** The ports chosen at the first start: `{"<name>": port}`. */
  readonly portsFile: string;
  /** The local control planes by EKS cluster name; what the stand-in of EKS answers from. */
  readonly clustersFile: string;
  /** One log per process, and the one of its previous start. */
  readonly logs: {
    readonly directory: string;
    file(process: string): string;
    previous(process: string): string;
  };
  /** One record per started process. */
  readonly processes: { readonly directory: string; record(process: string): string };
  /** Certificates (`.crt`) and private keys (`.key`, mode 0600), PEM. */
  readonly pki: {
    readonly directory: string;
    readonly caCertificate: string;
    readonly caKey: string;
    certificate(name: string): string;
    key(name: string): string;
  };
  /** Admin kubeconfigs, one per cluster, by the cluster's name in the environment file. */
  readonly kubeconfigs: { readonly directory: string; file(cluster: string): string };
  /** Configuration files of the control planes' processes. */
  readonly controlPlane: { readonly directory: string; file(name: string): string };
  /** Data directory of etcd. */
  readonly etcd: string;
  /** The state store: a bare git repository and the password (mode 0600) of its only user. */
  readonly stateStore: {
    readonly directory: string;
    readonly repository: string;
    readonly passwordFile: string;
  };
  /** nats-server: configuration, JetStream and resolver directories, operator and system account. */
  readonly nats: string;
  /** The stand-in of Synadia Cloud: its data, and the API token (mode 0600). */
  readonly synadia: { readonly directory: string; readonly tokenFile: string };
  /** Data of the stand-in of AWS. */
  readonly aws: string;
  /** The EKS authenticator: its signing key and webhook configuration. */
  readonly eks: string;
  /** Data of Argo CD's processes. */
  readonly argocd: string;
  /** Pulumi: PULUMI_HOME, the file backend's directory, the passphrase file (mode 0600). */
  readonly pulumi: { readonly home: string; readonly backend: string; readonly passphraseFile: string };
  /** Temporary files of what runs on the environment. */
  readonly temporary: string;
  /** Executables made at start: links to the `argocd` binary by role, `argocd-k8s-auth`. */
  readonly bin: string;
}

/** The local directory of the project in `projectDir`. */
export function localDirectory(projectDir: string): string {
  return resolve(projectDir, ".local");
}

/** The paths below the local directory `localDir`; relative paths are resolved against the working directory. Touches no file. */
export function layout(localDir: string): Layout {
  const root = resolve(localDir);
  const logs = join(root, "logs");
  const processes = join(root, "processes");
  const pki = join(root, "pki");
  const kubeconfigs = join(root, "kubeconfigs");
  const controlPlane = join(root, "control-plane");
  const stateStore = join(root, "state-store");
  const synadia = join(root, "synadia");
  const pulumi = join(root, "pulumi");
  return {
    root,
    lock: join(root, "start.lock"),
    lockHolder: join(root, "start.json"),
    settingsFile: join(root, "environment.json"),
    portsFile: join(root, "ports.json"),
    clustersFile: join(root, "clusters.json"),
    logs: {
      directory: logs,
      file: (process) => join(logs, `${process}.log`),
      previous: (process) => join(logs, `${process}.previous.log`),
    },
    processes: { directory: processes, record: (process) => join(processes, `${process}.json`) },
    pki: {
      directory: pki,
      caCertificate: join(pki, "ca.crt"),
      caKey: join(pki, "ca.key"),
      certificate: (name) => join(pki, `${name}.crt`),
      key: (name) => join(pki, `${name}.key`),
    },
    kubeconfigs: { directory: kubeconfigs, file: (cluster) => join(kubeconfigs, `${cluster}.yaml`) },
    controlPlane: { directory: controlPlane, file: (name) => join(controlPlane, name) },
    etcd: join(root, "etcd"),
    stateStore: {
      directory: stateStore,
      repository: join(stateStore, "state.git"),
      passwordFile: join(stateStore, "password"),
    },
    nats: join(root, "nats"),
    synadia: { directory: synadia, tokenFile: join(synadia, "token") },
    aws: join(root, "aws"),
    eks: join(root, "eks"),
    argocd: join(root, "argo-cd"),
    pulumi: {
      home: join(pulumi, "home"),
      backend: join(pulumi, "backend"),
      passphraseFile: join(pulumi, "passphrase"),
    },
    temporary: join(root, "tmp"),
    bin: join(root, "bin"),
  };
}
