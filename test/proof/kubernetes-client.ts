import { readFile } from "node:fs/promises";
import { Agent, type RequestOptions, request } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import type { Status } from "../local/support/sandbox.ts";

/** What every object of the Kubernetes API has. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** A pod. */
export interface Pod extends KubernetesObject {
  readonly metadata: KubernetesObject["metadata"] & {
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
  };
}

/** A Secret. */
export interface Secret extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** A Deployment, as far as its NATS users are concerned. */
export interface Deployment extends KubernetesObject {
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec: {
        readonly containers: readonly {
          readonly env?: readonly { readonly name: string; readonly value?: string }[];
        }[];
        readonly volumes?: readonly {
          readonly name: string;
          readonly secret?: {
            readonly secretName: string;
            readonly items?: readonly { readonly key: string; readonly path: string }[];
          };
        }[];
      };
    };
  };
}

/** Clients of the workload clusters' APIs, by the cluster's name. The caller closes them. */
export async function openClients({
  clusters,
}: Pick<Status, "clusters">): Promise<ReadonlyMap<string, KubernetesClient>> {
  const workload = clusters.filter(({ role }) => role === "workload");
  return new Map(
    await Promise.all(
      workload.map(async ({ name, kubeconfig }) => [name, await KubernetesClient.open(kubeconfig)] as const),
    ),
  );
}

/** Talks to a cluster's API on one connection: a look several times a second costs next to nothing. */
export class KubernetesClient {
  private constructor(
    private readonly server: string,
    private readonly options: RequestOptions,
  ) {}

  /** @param kubeconfig path of a file */
  static async open(kubeconfig: string): Promise<KubernetesClient> {
    const config = new KubeConfig();
    config.loadFromString(await readFile(kubeconfig, "utf8"));
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const { ca, cert, key } = options;
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca, cert, key });
    return new KubernetesClient(config.getCurrentCluster()?.server ?? "", { agent });
  }

  /**
   * The object or list at a path, such as `/api/v1/secrets`.
   * @throws Error when the server answers with anything but success
   */
  read<T>(path: string): Promise<T> {
    return this.#send<T>("GET", path);
  }

  /**
   * Changes fields of the object at a path by a JSON merge patch.
   * @throws Error when the server answers with anything but success
   */
  async patch(path: string, change: object): Promise<void> {
    await this.#send("PATCH", path, change);
  }

  /** The items of the list at a path. */
  async list<T extends KubernetesObject>(path: string): Promise<readonly T[]> {
    return (await this.read<{ readonly items: readonly T[] }>(path)).items;
  }

  close(): void {
    (this.options.agent as Agent).destroy();
  }

  #send<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = body === undefined ? {} : { "Content-Type": "application/merge-patch+json" };
    return new Promise((resolve, reject) => {
      const sent = request(`${this.server}${path}`, { ...this.options, method, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("end", () => {
          if (response.statusCode === 200) resolve(JSON.parse(text) as T);
          else reject(new Error(`${method} ${path}: ${response.statusCode ?? 0} ${text}`));
        });
      });
      sent.on("error", reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
