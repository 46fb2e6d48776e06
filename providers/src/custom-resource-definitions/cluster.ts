import type { OutgoingHttpHeaders } from "node:http";
import * as https from "node:https";
import { messageOf, ProviderError } from "../provider-error.js";
import { type RetryPolicy, retry, sleep } from "../retry.js";
import type { Definition } from "./documents.js";

const COLLECTION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** Who owns the fields that are applied. */
const FIELD_MANAGER = "haulway";

/** Time for one answer, in milliseconds. */
const TIMEOUT = 30_000;

/** An API server that has just started, or is being upgraded, comes back within a minute or so. */
const STARTING: RetryPolicy = { attempts: 8, firstDelay: 500, longestDelay: 10_000 };

/** How often it is asked whether something has happened, and the pause between in milliseconds: five minutes in all. */
const POLLS = { attempts: 1200, pause: 250 } as const;

interface Answer {
  readonly status: number;
  readonly body: string;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

interface DefinitionStatus {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** The CustomResourceDefinitions of one cluster. All methods throw ProviderError. */
export class Cluster {
  private constructor(
    private readonly server: string,
    private readonly options: https.RequestOptions,
    private readonly headers: OutgoingHttpHeaders,
  ) {}

  /** The cluster of the kubeconfig's current context, with its credentials. The Kubernetes client is loaded here. */
  static async connect(kubeconfig: string): Promise<Cluster> {
    const { KubeConfig } = await import("@kubernetes/client-node");
    const config = new KubeConfig();
    try {
      config.loadFromString(kubeconfig);
    } catch {
      // The reason would quote the text, and with it keys and tokens.
      throw new ProviderError("The kubeconfig of the cluster cannot be used: it is not a kubeconfig.");
    }
    try {
      const headers: OutgoingHttpHeaders = {};
      const options: https.RequestOptions = { headers };
      await config.applyToHTTPSOptions(options);
      const server = config.getCurrentCluster()?.server;
      if (server === undefined) throw new Error("its current context names no cluster");
      return new Cluster(server, options, headers);
    } catch (error) {
      throw new ProviderError(`The kubeconfig of the cluster cannot be used: ${messageOf(error)}.`);
    }
  }

  /** Applies a definition server-side, taking over fields that others own, and waits until its objects can be created. */
  async apply({ name, text }: Definition): Promise<void> {
    const query = `fieldManager=${FIELD_MANAGER}&force=true`;
    const answer = await this.request("PATCH", `${COLLECTION}/${name}?${query}`, text);
    if (answer.status >= 300) throw this.refusal(`apply the CustomResourceDefinition ${name}`, answer);
    await this.until(
      () => this.isEstablished(name),
      () =>
        `The CustomResourceDefinition ${name} was applied, but the API server ${this.server} does not serve it yet. ` +
        "Look at its conditions with kubectl, then run again.",
    );
  }

  /** Deletes a definition and with it all its objects, and waits until it is gone. */
  async delete(name: string): Promise<void> {
    const answer = await this.request("DELETE", `${COLLECTION}/${name}`);
    if (answer.status >= 300 && answer.status !== 404) {
      throw this.refusal(`delete the CustomResourceDefinition ${name}`, answer);
    }
    let obstacle = "";
    await this.until(
      async () => {
        const definition = await this.get(name);
        obstacle = conditionOf(definition, "Terminating")?.message ?? "";
        return definition === undefined;
      },
      () =>
        `The CustomResourceDefinition ${name} is being deleted, but does not go (${obstacle}). When objects of it stay, their ` +
        "finalizers wait for a controller: let the controller finish, or remove the finalizers. Then run again.",
    );
  }

  /** Whether the cluster has the definition. */
  async exists(name: string): Promise<boolean> {
    return (await this.get(name)) !== undefined;
  }

  private async isEstablished(name: string): Promise<boolean> {
    const definition = await this.get(name);
    const names = conditionOf(definition, "NamesAccepted");
    if (names?.status === "False") {
      throw new ProviderError(
        `The API server ${this.server} does not accept the names of ${name}: ${names.message ?? "it does not say why"}.`,
      );
    }
    return conditionOf(definition, "Established")?.status === "True";
  }

  private async get(name: string): Promise<DefinitionStatus | undefined> {
    const answer = await this.request("GET", `${COLLECTION}/${name}`);
    if (answer.status === 404) return undefined;
    if (answer.status >= 300) throw this.refusal(`read the CustomResourceDefinition ${name}`, answer);
    return JSON.parse(answer.body) as DefinitionStatus;
  }

  private async until(isDone: () => Promise<boolean>, otherwise: () => string): Promise<void> {
    for (let poll = 0; poll < POLLS.attempts; poll++) {
      if (await isDone()) return;
      await sleep(POLLS.pause);
    }
    throw new ProviderError(otherwise());
  }

  /** Every request here may be repeated: applying and deleting twice is the same as once. */
  private request(method: string, path: string, body?: string): Promise<Answer> {
    return retry(
      async () => {
        const answer = await this.exchange(method, path, body);
        if (answer.status === 429 || answer.status >= 500) throw this.unavailable(answer);
        return answer;
      },
      (error) => error instanceof ClusterUnavailable,
      STARTING,
    );
  }

  private exchange(method: string, path: string, body?: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        reject(new ClusterUnavailable(`The API server ${this.server} does not answer: ${error.message}.`));
      };
      const request = https.request(
        `${this.server.replace(/\/+$/, "")}${path}`,
        {
          ...this.options,
          method,
          signal: AbortSignal.timeout(TIMEOUT),
          headers: {
            ...this.headers,
            Accept: "application/json",
            ...(body === undefined ? {} : { "Content-Type": "application/apply-patch+yaml" }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", fail);
          response.on("end", () => {
            resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") });
          });
        },
      );
      request.on("error", fail);
      request.end(body);
    });
  }

  private unavailable(answer: Answer): ClusterUnavailable {
    return new ClusterUnavailable(
      `The API server ${this.server} answered ${answer.status}: ${reasonOf(answer)}.`,
    );
  }

  private refusal(purpose: string, answer: Answer): ProviderError {
    return new ProviderError(
      `Haulway could not ${purpose} at ${this.server}: ${reasonOf(answer)} (${answer.status}).`,
    );
  }
}

/** No answer, or one that says "later". */
class ClusterUnavailable extends ProviderError {}

function conditionOf(definition: DefinitionStatus | undefined, type: string): Condition | undefined {
  return definition?.status?.conditions?.find((condition) => condition.type === type);
}

/** The message of a Kubernetes Status, or the beginning of whatever came. */
function reasonOf({ body }: Answer): string {
  try {
    const { message } = JSON.parse(body) as { readonly message?: unknown };
    if (typeof message === "string") return message;
  } catch {
    // Not a Status: a proxy in between answers in its own words.
  }
  return body.slice(0, 200);
}
