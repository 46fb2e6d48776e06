import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { type AgentOptions, type RequestOptions, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { ensureToolchain } from "../../../../local/toolchain/toolchain.ts";
import { TestApiServer } from "../api-server.ts";
import { freePort } from "../free-ports.ts";

/** An object of the Kubernetes API, as far as the tests look into it. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly managedFields?: readonly { readonly manager: string }[];
    readonly [field: string]: unknown;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** The CA of a server, and a client's certificate and key. */
export type ClientCertificates = Pick<AgentOptions, "ca" | "cert" | "key">;

/** Controllers that Deployments without pods and foreground deletion need. */
const CONTROLLERS = "deployment-controller,replicaset-controller,garbage-collector-controller";

/** A real kube-apiserver with the real controllers that roll Deployments and finish deletions. It has no nodes. */
export class TestCluster {
  private constructor(
    private readonly server: TestApiServer,
    private readonly directory: string,
    private readonly controllers: ChildProcess,
  ) {}

  static async start(): Promise<TestCluster> {
    const toolchain = await ensureToolchain();
    const server = await TestApiServer.start();
    const directory = await mkdtemp(join(tmpdir(), "haulway-controllers-"));
    const kubeconfig = join(directory, "kubeconfig");
    await writeFile(kubeconfig, server.kubeconfig, { mode: 0o600 });
    const log = await open(join(directory, "log"), "a");
    const controllers = spawn(
      toolchain.path("kube-controller-manager"),
      [
        `--kubeconfig=${kubeconfig}`,
        `--authentication-kubeconfig=${kubeconfig}`,
        `--authorization-kubeconfig=${kubeconfig}`,
        `--controllers=${CONTROLLERS}`,
        "--bind-address=127.0.0.1",
        `--secure-port=${await freePort()}`,
        `--cert-dir=${directory}`,
        "--leader-elect=false",
      ],
      { stdio: ["ignore", log.fd, log.fd] },
    );
    await log.close();
    return new TestCluster(server, directory, controllers);
  }

  /** Of an administrator, as text. */
  get kubeconfig(): string {
    return this.server.kubeconfig;
  }

  /** Where the server is, and the certificates of an administrator. */
  async connection(): Promise<{ readonly url: string; readonly client: ClientCertificates }> {
    const config = new KubeConfig();
    config.loadFromString(this.kubeconfig);
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const { ca, cert, key } = options;
    return { url: config.getCurrentCluster()?.server ?? "", client: { ca, cert, key } };
  }

  /** The object at a path of the API; `undefined` when there is none. */
  async get(path: string): Promise<KubernetesObject | undefined> {
    const { status, text } = await this.#send("GET", path);
    if (status === 404) return undefined;
    if (status >= 300) throw new Error(`GET ${path}: ${status} ${text}`);
    return JSON.parse(text) as KubernetesObject;
  }

  /** Applies an object on the server's side, as `manager`. */
  async apply(path: string, object: object, manager: string): Promise<void> {
    const { status, text } = await this.#send("PATCH", `${path}?fieldManager=${manager}&force=true`, {
      type: "application/apply-patch+yaml",
      content: JSON.stringify(object),
    });
    if (status >= 300) throw new Error(`PATCH ${path}: ${status} ${text}`);
  }

  async close(): Promise<void> {
    if (this.controllers.exitCode === null) {
      const exit = once(this.controllers, "exit");
      this.controllers.kill("SIGKILL");
      await exit;
    }
    await this.server.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  async #send(
    method: string,
    path: string,
    body?: { readonly type: string; readonly content: string },
  ): Promise<{ status: number; text: string }> {
    const { url, client } = await this.connection();
    return new Promise((resolve, reject) => {
      const sent = request(
        `${url}${path}`,
        {
          ...client,
          method,
          headers: {
            Accept: "application/json",
            ...(body === undefined ? {} : { "Content-Type": body.type }),
          },
        },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
          response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        },
      );
      sent.on("error", reject);
      sent.end(body?.content);
    });
  }
}
