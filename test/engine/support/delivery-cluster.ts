import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import type { AccessKey } from "../../../local/stand-ins/secrets-manager/access-keys.ts";
import { ensureToolchain, type Toolchain } from "../../../local/toolchain/toolchain.ts";
import { TestApiServer } from "./api-server.ts";
import { freePort } from "./free-ports.ts";

/** Name of the ClusterSecretStore. */
export const SECRET_STORE = "aws-secrets-manager";

/** Where External Secrets finds AWS Secrets Manager. */
export interface SecretsManagerAccess {
  readonly url: string;
  readonly region: string;
  readonly accessKey: AccessKey;
}

/** A Secret as a pod would see it, and which state of it that is. */
export interface ShownSecret {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
}

/**
 * A real kube-apiserver with the real controllers of Sealed Secrets and External Secrets, and Kubernetes' own garbage
 * collector, without which nothing that is owned goes with its owner.
 */
export class DeliveryCluster {
  private controllers: readonly ChildProcess[] = [];

  private constructor(
    private readonly directory: string,
    private readonly server: TestApiServer,
    private readonly toolchain: Toolchain,
    private readonly core: CoreV1Api,
    private readonly ports: { readonly sealing: number; readonly metrics: readonly number[] },
    private readonly secretsManager: SecretsManagerAccess,
    private readonly collector: ChildProcess,
  ) {}

  static async start(secretsManager: SecretsManagerAccess): Promise<DeliveryCluster> {
    const toolchain = await ensureToolchain({ forTests: true });
    const server = await TestApiServer.start();
    const directory = await mkdtemp(join(tmpdir(), "haulway-delivery-"));
    await writeFile(join(directory, "kubeconfig"), server.kubeconfig, { mode: 0o600 });
    const config = new KubeConfig();
    config.loadFromString(server.kubeconfig);
    const ports = { sealing: await freePort(), metrics: [await freePort(), await freePort()] };
    const core = config.makeApiClient(CoreV1Api);
    const collector = spawn(
      toolchain.path("kube-controller-manager"),
      [
        `--kubeconfig=${join(directory, "kubeconfig")}`,
        "--controllers=garbage-collector-controller",
        "--leader-elect=false",
        "--secure-port=0",
      ],
      { stdio: "ignore" },
    );
    const cluster = new DeliveryCluster(directory, server, toolchain, core, ports, secretsManager, collector);
    for (const definitions of [
      "sealed-secrets-definitions.yaml",
      "external-secrets-definitions.yaml",
    ] as const) {
      await cluster.apply(await readFile(toolchain.file(definitions), "utf8"));
    }
    await server.untilServed();
    await cluster.apply(
      JSON.stringify({
        apiVersion: "external-secrets.io/v1",
        kind: "ClusterSecretStore",
        metadata: { name: SECRET_STORE },
        spec: { provider: { aws: { service: "SecretsManager", region: secretsManager.region } } },
      }),
    );
    await cluster.startControllers();
    return cluster;
  }

  /** Of an administrator, as text. */
  get kubeconfig(): string {
    return this.server.kubeconfig;
  }

  /** The certificate that the controller of Sealed Secrets gives to whoever asks, PEM. */
  async certificate(): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.ports.sealing}/v1/cert.pem`);
    return response.text();
  }

  createNamespace(name: string): Promise<string> {
    return this.kubectl(["create", "namespace", name]);
  }

  /** Applies manifests as Argo CD does when it is told to do so server-side. */
  apply(manifests: string): Promise<string> {
    const options = ["--server-side", "--force-conflicts", "--field-manager=argocd-controller"];
    return this.kubectl(["apply", ...options, "-f", "-"], manifests);
  }

  /** Runs kubectl. */
  async kubectl(args: readonly string[], input = ""): Promise<string> {
    const command = execFile(
      this.toolchain.path("kubectl"),
      ["--kubeconfig", join(this.directory, "kubeconfig"), ...args],
      // What it remembers of API servers is by port, and ports come back.
      { env: { ...process.env, KUBECACHEDIR: join(this.directory, "kubectl") } },
    );
    let [output, errors] = ["", ""];
    command.stdout?.on("data", (chunk: string) => (output += chunk));
    command.stderr?.on("data", (chunk: string) => (errors += chunk));
    command.stdin?.end(input);
    const [code] = (await once(command, "close")) as [number];
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${errors}`);
    return output;
  }

  /** `undefined` when there is none. */
  async secret(namespace: string, name: string): Promise<ShownSecret | undefined> {
    const { items } = await this.core.listNamespacedSecret({
      namespace,
      fieldSelector: `metadata.name=${name}`,
    });
    const [found] = items;
    if (found === undefined) return undefined;
    const files = Object.entries(found.data ?? {}).map(
      ([key, text]) => [key, Buffer.from(text, "base64").toString()] as const,
    );
    return {
      uid: found.metadata?.uid ?? "",
      resourceVersion: found.metadata?.resourceVersion ?? "",
      type: found.type ?? "",
      labels: found.metadata?.labels ?? {},
      files: Object.fromEntries(files),
    };
  }

  /** Waits until a Secret is as `isReady` wants it. A test that hangs here is ended by its time limit. */
  async untilSecret(
    namespace: string,
    name: string,
    isReady: (secret: ShownSecret) => boolean,
  ): Promise<ShownSecret> {
    for (;;) {
      const secret = await this.secret(namespace, name);
      if (secret !== undefined && isReady(secret)) return secret;
      await sleep(100);
    }
  }

  /** Ends both controllers and starts them again: each looks at everything it manages. */
  async restartControllers(): Promise<void> {
    await this.stopControllers();
    await this.startControllers();
  }

  /** Deletes what manifests describe, as Argo CD prunes it, and waits until the Secret is gone too. */
  async prune(manifests: readonly string[], namespace: string, name: string): Promise<void> {
    for (const manifest of manifests) await this.kubectl(["delete", "-f", "-"], manifest);
    while ((await this.secret(namespace, name)) !== undefined) await sleep(100);
  }

  /** How often the controller of Sealed Secrets has unsealed an object since the cluster was started. */
  async timesUnsealed(namespace: string, name: string): Promise<number> {
    const object = new RegExp(
      `Namespace:\\\\?"${namespace}\\\\?", Name:\\\\?"${name}\\\\?",.*reason: 'Unsealed'`,
    );
    return (await this.logs()).split("\n").filter((line) => object.test(line)).length;
  }

  /** Why a SealedSecret was not unsealed; empty when it was, or was not looked at yet. */
  async sealingProblem(namespace: string, name: string): Promise<string> {
    const field = "-o=jsonpath={.status.conditions[?(@.status=='False')].message}";
    return this.kubectl(["get", "sealedsecret", name, "-n", namespace, field]);
  }

  /** What External Secrets has last made a Secret from: it changes whenever it has looked because of a change of the object. */
  async lastSynced(namespace: string, name: string): Promise<string> {
    const field = "-o=jsonpath={.status.syncedResourceVersion}";
    return this.kubectl(["get", "externalsecret", name, "-n", namespace, field]);
  }

  /** Everything that the controllers have written. */
  async logs(): Promise<string> {
    const names = ["sealed-secrets", "external-secrets"];
    return (await Promise.all(names.map((name) => readFile(this.logFile(name), "utf8")))).join("\n");
  }

  async close(): Promise<void> {
    await this.stopControllers();
    await end(this.collector);
    await this.server.close();
    await rm(this.directory, { recursive: true });
  }

  private async startControllers(): Promise<void> {
    const [sealingMetrics = 0, externalMetrics = 0] = this.ports.metrics;
    const { url, accessKey } = this.secretsManager;
    this.controllers = [
      await this.run(
        "sealed-secrets",
        "sealed-secrets-controller",
        [
          `--listen-addr=127.0.0.1:${this.ports.sealing}`,
          `--listen-metrics-addr=127.0.0.1:${sealingMetrics}`,
        ],
        { POD_NAMESPACE: "kube-system" },
      ),
      await this.run(
        "external-secrets",
        "external-secrets",
        [
          `--metrics-addr=127.0.0.1:${externalMetrics}`,
          // Their definitions are not installed.
          "--enable-cluster-external-secret-reconciler=false",
          "--enable-cluster-push-secret-reconciler=false",
          "--enable-push-secret-reconciler=false",
        ],
        {
          AWS_SECRETSMANAGER_ENDPOINT: url,
          AWS_ACCESS_KEY_ID: accessKey.accessKeyId,
          AWS_SECRET_ACCESS_KEY: accessKey.secretAccessKey,
          AWS_EC2_METADATA_DISABLED: "true",
        },
      ),
    ];
    while (!(await answers(`http://127.0.0.1:${this.ports.sealing}/healthz`))) await this.pause();
    while (!(await answers(`http://127.0.0.1:${externalMetrics}/metrics`))) await this.pause();
  }

  private async pause(): Promise<void> {
    if (this.controllers.some(({ exitCode }) => exitCode !== null)) throw new Error(await this.logs());
    await sleep(100);
  }

  private async stopControllers(): Promise<void> {
    await Promise.all(this.controllers.map(end));
  }

  private async run(
    name: string,
    tool: "sealed-secrets-controller" | "external-secrets",
    args: readonly string[],
    variables: Readonly<Record<string, string>>,
  ): Promise<ChildProcess> {
    const log = await open(this.logFile(name), "a");
    const child = spawn(this.toolchain.path(tool), args, {
      cwd: this.directory,
      env: {
        HOME: this.directory,
        KUBECONFIG: join(this.directory, "kubeconfig"),
        ...variables,
      },
      stdio: ["ignore", log.fd, log.fd],
    });
    await log.close();
    return child;
  }

  private logFile(name: string): string {
    return join(this.directory, `${name}.log`);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}
