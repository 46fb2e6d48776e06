import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import type { Fault, OperationTraffic } from "../../../../local/stand-ins/synadia/faults.ts";
import type { ClientCertificates } from "./cluster.ts";

/** Where a request is counted, and as what. */
export interface ProxiedOperation {
  readonly traffic: OperationTraffic;
  readonly operation: string;
}

/** What is behind a proxy, and how requests to it are told apart. */
export interface FaultProxyOptions {
  /** Base URL of the server behind it. */
  readonly upstream: string;
  /** Certificates to show to that server. */
  readonly client?: ClientCertificates;
  /** Certificate and key to be served by, PEM; plain HTTP without them. */
  readonly serving?: { readonly cert: string; readonly key: string };
  /** Names the operation of a request; `undefined` lets it pass without counting it. */
  readonly operationOf: (method: string, path: string) => ProxiedOperation | undefined;
}

interface Exchange {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
}

/** Stands before a real server and makes calls of it fail in the ways in which the stand-in of Synadia does. */
export class FaultProxy {
  readonly #options: FaultProxyOptions;
  readonly #server: http.Server;
  readonly #agent: http.Agent;

  private constructor(options: FaultProxyOptions) {
    this.#options = options;
    const listener = (request: http.IncomingMessage, response: http.ServerResponse) => {
      this.#answer({ request, response }).catch(() => response.destroy());
    };
    this.#server =
      options.serving === undefined
        ? http.createServer(listener)
        : https.createServer(options.serving, listener);
    this.#agent = options.upstream.startsWith("https:")
      ? new https.Agent({ keepAlive: true, ...options.client })
      : new http.Agent({ keepAlive: true });
  }

  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  /** Its own base URL. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#options.serving === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(exchange: Exchange): Promise<void> {
    const { method = "", url = "" } = exchange.request;
    const known = this.#options.operationOf(method, url);
    const fault = known?.traffic.begin(known.operation);
    if (known === undefined || fault === undefined) return this.#pass(exchange);
    return this.#fail(fault, known, exchange);
  }

  async #fail(fault: Fault, { traffic, operation }: ProxiedOperation, exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const acted = fault.kind.startsWith("act-then-");
    if (acted) (await this.#forward(request)).resume();
    switch (fault.kind) {
      case "status":
      case "act-then-status":
        request.resume();
        response.writeHead(fault.status, { "Content-Type": "text/plain" }).end("injected fault");
        return;
      case "hang":
      case "act-then-hang":
        return traffic.hold(
          { operation, acted },
          once(response, "close").then(() => undefined),
        );
      case "disconnect":
      case "act-then-disconnect":
        response.destroy();
        return;
    }
  }

  async #pass({ request, response }: Exchange): Promise<void> {
    const answer = await this.#forward(request);
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    await pipeline(answer, response);
  }

  /** Sends the request on; resolves when the server begins to answer, which is when it has acted. */
  async #forward(request: http.IncomingMessage): Promise<http.IncomingMessage> {
    const { upstream } = this.#options;
    const send = upstream.startsWith("https:") ? https.request : http.request;
    const sent = send(`${upstream}${request.url ?? ""}`, {
      method: request.method,
      headers: { ...request.headers, host: new URL(upstream).host },
      agent: this.#agent,
    });
    const [[answer]] = await Promise.all([
      once(sent, "response") as Promise<[http.IncomingMessage]>,
      pipeline(request, sent),
    ]);
    return answer;
  }
}
