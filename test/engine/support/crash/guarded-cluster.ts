import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { ensurePki } from "../../../../local/control-plane/pki.ts";
import { layout } from "../../../../local/layout.ts";
import { OperationTraffic } from "../../../../local/stand-ins/synadia/faults.ts";
import { TestCluster } from "./cluster.ts";
import { FaultProxy, type ProxiedOperation } from "./fault-proxy.ts";

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: Record<string, string> }[];
}

/** A real cluster behind a proxy that makes calls fail, for each namespace by itself. */
export class GuardedCluster {
  private constructor(
    readonly cluster: TestCluster,
    private readonly directory: string,
    private readonly proxy: FaultProxy,
    private readonly namespaces: Map<string, OperationTraffic>,
    /** Leads through the proxy. */
    readonly kubeconfig: string,
  ) {}

  static async start(): Promise<GuardedCluster> {
    const cluster = await TestCluster.start();
    const directory = await mkdtemp(join(tmpdir(), "haulway-guard-"));
    const pki = await ensurePki(layout(directory));
    const serving = await pki.issueServingCertificate("guard", ["127.0.0.1"]);
    const { url, client } = await cluster.connection();
    const namespaces = new Map<string, OperationTraffic>();
    const proxy = await FaultProxy.start({
      upstream: url,
      client,
      serving: {
        cert: await readFile(serving.certificate, "utf8"),
        key: await readFile(serving.key, "utf8"),
      },
      operationOf: (method, path) => operationOf(namespaces, method, path),
    });
    const kubeconfig = parse(cluster.kubeconfig) as Kubeconfig;
    for (const entry of kubeconfig.clusters) {
      entry.cluster["server"] = proxy.url;
      entry.cluster["certificate-authority-data"] = Buffer.from(pki.caCertificate).toString("base64");
    }
    return new GuardedCluster(cluster, directory, proxy, namespaces, stringify(kubeconfig));
  }

  /** Makes a namespace. What happens in it is counted, and can be made to fail, by what this returns. */
  async createNamespace(name: string): Promise<OperationTraffic> {
    await this.cluster.apply(
      `/api/v1/namespaces/${name}`,
      { apiVersion: "v1", kind: "Namespace", metadata: { name } },
      "test",
    );
    const traffic = new OperationTraffic();
    this.namespaces.set(name, traffic);
    return traffic;
  }

  async close(): Promise<void> {
    await this.proxy.close();
    await this.cluster.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Changes of the objects in a namespace: `PATCH secrets`. To read them, or to try a change, leaves nothing behind. */
function operationOf(
  namespaces: ReadonlyMap<string, OperationTraffic>,
  method: string,
  path: string,
): ProxiedOperation | undefined {
  const [, namespace = "", resource = ""] = /\/namespaces\/([^/]+)\/([a-z]+)/.exec(path) ?? [];
  const traffic = namespaces.get(namespace);
  if (traffic === undefined || method === "GET" || path.includes("dryRun=All")) return undefined;
  return { traffic, operation: `${method} ${resource}` };
}
