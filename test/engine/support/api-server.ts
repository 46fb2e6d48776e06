import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { KubeConfig } from "@kubernetes/client-node";
import { renderKubeconfig } from "../../../local/control-plane/kubeconfig.ts";
import { ensurePki } from "../../../local/control-plane/pki.ts";
import { layout } from "../../../local/layout.ts";
import { ensureToolchain } from "../../../local/toolchain/toolchain.ts";
import { freePort } from "./free-ports.ts";

/** A real kube-apiserver on a real etcd, without controllers and nodes. */
export class TestApiServer {
  private constructor(
    private readonly directory: string,
    private readonly processes: readonly ChildProcess[],
    /** Of an administrator, as text. */
    readonly kubeconfig: string,
  ) {}

  static async start(): Promise<TestApiServer> {
    const toolchain = await ensureToolchain();
    const directory = await mkdtemp(join(tmpdir(), "haulway-kube-"));
    const paths = layout(directory);
    await mkdir(paths.pki.directory, { recursive: true });
    const pki = await ensurePki(paths);
    const serving = await pki.issueServingCertificate("server", ["127.0.0.1"]);
    const admin = await pki.issueClientCertificate("admin", { user: "admin", groups: ["system:masters"] });
    const tokens = await pki.ensureSigningKey("tokens");
    const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
    const log = await open(join(directory, "log"), "a");
    const run = (command: string, args: string[]) =>
      spawn(command, args, { stdio: ["ignore", log.fd, log.fd] });
    const processes = [
      run(toolchain.path("etcd"), [
        `--data-dir=${join(directory, "etcd")}`,
        `--listen-client-urls=http://127.0.0.1:${client}`,
        `--advertise-client-urls=http://127.0.0.1:${client}`,
        `--listen-peer-urls=http://127.0.0.1:${peer}`,
      ]),
      run(toolchain.path("kube-apiserver"), [
        `--etcd-servers=http://127.0.0.1:${client}`,
        "--bind-address=127.0.0.1",
        `--secure-port=${port}`,
        `--tls-cert-file=${serving.certificate}`,
        `--tls-private-key-file=${serving.key}`,
        `--client-ca-file=${pki.caFile}`,
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        `--service-account-key-file=${tokens.certificate}`,
        `--service-account-signing-key-file=${tokens.key}`,
        "--service-cluster-ip-range=10.0.0.0/24",
      ]),
    ];
    await log.close();
    const kubeconfig = renderKubeconfig({
      cluster: "test",
      server: `https://127.0.0.1:${port}`,
      caCertificate: pki.caCertificate,
      user: "admin",
      credentials: admin,
    });
    const server = new TestApiServer(directory, processes, kubeconfig);
    while (!(await server.isReady())) {
      if (processes.some(({ exitCode }) => exitCode !== null)) {
        throw new Error((await readFile(join(directory, "log"), "utf8")).slice(-2000));
      }
      await sleep(200);
    }
    return server;
  }

  /** Names of the definitions that the server has, with the owner of their `spec`. */
  async definitions(): Promise<Readonly<Record<string, string>>> {
    const { items } = JSON.parse(await this.get(`${DEFINITIONS}?limit=500`)) as {
      items: { metadata: { name: string; managedFields: { manager: string; operation: string }[] } }[];
    };
    return Object.fromEntries(
      items.map(({ metadata }) => [
        metadata.name,
        metadata.managedFields.find(({ operation }) => operation === "Apply")?.manager ?? "",
      ]),
    );
  }

  /**
   * Waits until objects of every definition can be listed. A server that is asked to delete a definition earlier waits for
   * its storage, and tries again in pauses that grow.
   */
  async untilServed(): Promise<void> {
    const { items } = JSON.parse(await this.get(DEFINITIONS)) as {
      items: { spec: { group: string; names: { plural: string }; versions: { name: string }[] } }[];
    };
    for (const { spec } of items) {
      const path = `/apis/${spec.group}/${spec.versions[0]?.name}/${spec.names.plural}`;
      while (!(await this.get(path)).includes('"items"')) await sleep(100);
    }
  }

  async close(): Promise<void> {
    for (const child of [...this.processes].reverse()) {
      if (child.exitCode !== null) continue;
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    }
    await rm(this.directory, { recursive: true, force: true });
  }

  private async isReady(): Promise<boolean> {
    return (await this.get("/readyz").catch(() => "")) === "ok";
  }

  private async get(path: string): Promise<string> {
    const config = new KubeConfig();
    config.loadFromString(this.kubeconfig);
    const { request } = await import("node:https");
    const options = {};
    await config.applyToHTTPSOptions(options);
    return new Promise((resolve, reject) => {
      request(`${config.getCurrentCluster()?.server}${path}`, options, (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => (body += chunk.toString()));
        response.on("end", () => resolve(body));
      })
        .on("error", reject)
        .end();
    });
  }
}

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
