import * as https from "node:https";
import type { KubeConfig } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { messageOf, ProviderError } from "../provider-error.js";
import type { DeploymentView, PodView, Rollout } from "./rollout.js";

/** Time for one look at a Deployment, the command that fetches a token included, in milliseconds. */
const TIMEOUT = 15_000;

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Any object of the API, or a Status that says why there is none. */
interface KubernetesObject {
  readonly kind?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** A cluster on which Deployments can be looked at. Needs the rights to get Deployments and to list pods. */
export class WorkloadCluster {
  private authentication: Promise<https.RequestOptions> | undefined;

  private constructor(
    private readonly config: KubeConfig,
    private readonly server: string,
  ) {}

  /**
   * The cluster of the kubeconfig's current context. The Kubernetes client, which takes seconds, is loaded here.
   *
   * @throws ProviderError when the kubeconfig is none, or does not have the server's certificate verified
   */
  static async connect(kubeconfig: string): Promise<WorkloadCluster> {
    const { KubeConfig } = await import("@kubernetes/client-node");
    const config = new KubeConfig();
    try {
      config.loadFromString(kubeconfig);
    } catch {
      // The reason would quote the text, and with it keys and tokens.
      throw unusable("it is not a kubeconfig");
    }
    const cluster = config.getCurrentCluster();
    if (cluster === null) throw unusable("its current context names no cluster");
    if (!cluster.server.startsWith("https:"))
      throw unusable(`its server ${cluster.server} is not reached over https`);
    if (cluster.skipTLSVerify)
      throw unusable("it sets insecure-skip-tls-verify, so that anybody could answer");
    return new WorkloadCluster(config, cluster.server.replace(/\/+$/, ""));
  }

  /**
   * The Deployment and its pods; see {@link Rollout} for what there is without a Deployment. The pods are read after the
   * Deployment, so that none of them is older than what the Deployment says.
   *
   * @throws ProviderError when the cluster does not say
   */
  async look(namespace: string, name: string): Promise<Rollout> {
    const limit = AbortSignal.timeout(TIMEOUT);
    const core = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
    const apps = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}`;
    const look = async (): Promise<Rollout> => {
      const options = { ...(await this.authenticated()), signal: limit };
      const answer = await this.get(`${apps}/deployments/${encodeURIComponent(name)}`, options);
      const deployment = isAbsent(answer)
        ? undefined
        : (this.objectIn(answer, "Deployment") as DeploymentView);
      // Other requirements of a selector are left out: then more pods are looked at, and too many only make it wait.
      const labels = Object.entries(deployment?.spec.selector.matchLabels ?? {});
      const selector = encodeURIComponent(labels.map(([key, value]) => `${key}=${value}`).join(","));
      const pods = await this.get(`${core}/pods?labelSelector=${selector}`, options);
      const list = this.objectIn(pods, "PodList") as { readonly items: readonly PodView[] };
      return { deployment, pods: list.items };
    };
    // The command of a kubeconfig cannot be told to stop.
    return Promise.race([look(), expiryOf(limit, this.server)]);
  }

  private objectIn(answer: Answer, kind: string): object {
    const object = parse(answer.body);
    if (answer.status === 200 && object?.kind === kind) return object;
    throw new ProviderError(
      `${this.server} answered ${answer.status}: ${object?.message ?? answer.body.slice(0, 200)}`,
    );
  }

  /** With a token that is fetched anew when the last one has expired, once for all looks that need it at the same time. */
  private authenticated(): Promise<https.RequestOptions> {
    this.authentication ??= this.authenticate().finally(() => {
      this.authentication = undefined;
    });
    return this.authentication;
  }

  private async authenticate(): Promise<https.RequestOptions> {
    const options: https.RequestOptions = {
      headers: { Accept: "application/json" },
      rejectUnauthorized: true,
    };
    try {
      await this.config.applyToHTTPSOptions(options);
    } catch (error) {
      // The reason would quote what the command printed, which may be a token.
      if (error instanceof SyntaxError) throw unusable("its command printed no token");
      throw unusable(messageOf(error).trim());
    }
    return options;
  }

  private get(path: string, options: https.RequestOptions): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error & { readonly code?: string }) => {
        const reason = error.message === "" ? (error.code ?? error.name) : error.message;
        reject(new ProviderError(`${this.server} does not answer: ${reason}`));
      };
      https
        .get(`${this.server}${path}`, options, (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", fail);
          response.on("end", () => {
            resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") });
          });
        })
        .on("error", fail);
    });
  }
}

function expiryOf(limit: AbortSignal, server: string): Promise<never> {
  return new Promise((_, reject) => {
    limit.addEventListener("abort", () => {
      reject(new ProviderError(`${server} does not answer within ${TIMEOUT / 1000} s`));
    });
  });
}

function unusable(problem: string): ProviderError {
  return new ProviderError(`its kubeconfig cannot be used: ${problem}`);
}

/** Whether the API server itself says that there is no such object, and not some proxy that there is no such page. */
function isAbsent({ status, body }: Answer): boolean {
  const object = parse(body);
  return status === 404 && object?.kind === "Status" && object.reason === "NotFound";
}

/** What came, if it is JSON: a proxy in between answers in its own words. */
function parse(body: string): KubernetesObject | undefined {
  try {
    return (JSON.parse(body) as KubernetesObject | null) ?? undefined;
  } catch {
    return undefined;
  }
}
