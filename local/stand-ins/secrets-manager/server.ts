import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ResourceStore } from "../aws/resource-store.ts";
import type { AccessKey } from "./access-keys.ts";
import { ApiError } from "./api-error.ts";
import { OPERATIONS } from "./operations.ts";
import { secretsOf } from "./secrets.ts";
import { requireSignature } from "./signature.ts";

/** How a stand-in of AWS Secrets Manager is started. */
export interface SecretsManagerStandInOptions {
  /** Port on 127.0.0.1. @default 0: one that is free */
  readonly port?: number;
  /** Directory of the stand-in for the Pulumi plugin `aws`, whose secrets it serves as they are at each request. */
  readonly awsDirectory: string;
  /** Whose requests are answered, each with the secrets of its account in the region that the request is signed for. */
  readonly accessKeys: readonly AccessKey[];
  /** Told of every request: its operation, the account, and what came of it. Never of a secret. @default nobody is told */
  readonly onRequest?: (message: string) => void;
}

/** A running stand-in. */
export interface SecretsManagerStandIn {
  /** For `AWS_SECRETSMANAGER_ENDPOINT`, for example `http://127.0.0.1:40123`. */
  readonly url: string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

const SERVICE = "secretsmanager";
const MAXIMUM_BODY_BYTES = 64 * 1024;

/**
 * Starts the stand-in of AWS Secrets Manager: the part of its HTTP API that reads, for what the local stand-in of the Pulumi plugin
 * `aws` keeps. A request has to be signed by Signature Version 4 with a key that it knows, and has to be sent to 127.0.0.1.
 */
export async function startSecretsManagerStandIn(
  options: SecretsManagerStandInOptions,
): Promise<SecretsManagerStandIn> {
  const store = new ResourceStore(options.awsDirectory);
  const server = createServer((request, response) => {
    void respond(request, response, { ...options, store });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Service extends SecretsManagerStandInOptions {
  readonly store: ResourceStore;
}

async function respond(request: IncomingMessage, response: ServerResponse, service: Service): Promise<void> {
  const { status, body } = await answer(request, service).catch((error: unknown): Answer => {
    service.onRequest?.(`failed: ${error instanceof Error ? error.name : "unknown"}`);
    return { status: 500, body: { __type: "InternalServiceError", Message: "The stand-in failed." } };
  });
  response.writeHead(status, {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Stand-In": "aws-secrets-manager",
  });
  response.end(JSON.stringify(body));
}

async function answer(request: IncomingMessage, service: Service): Promise<Answer> {
  const operation = /^secretsmanager\.(\w+)$/.exec(String(request.headers["x-amz-target"]))?.[1] ?? "none";
  try {
    // Whatever resolves to this address under another name was not meant for this stand-in.
    if (!/^127\.0\.0\.1(:\d+)?$/.test(request.headers.host ?? "")) {
      throw new ApiError(
        "UnrecognizedClientException",
        "This is Haulway's stand-in of AWS Secrets Manager; it answers at 127.0.0.1 only.",
      );
    }
    const body = await bodyOf(request);
    const { method = "", url = "/", headers } = request;
    const signer = requireSignature({ method, url, headers, body }, SERVICE, service.accessKeys, Date.now());
    const perform = OPERATIONS.get(operation);
    if (perform === undefined || method !== "POST") {
      throw new ApiError(
        "UnknownOperationException",
        `The stand-in of AWS Secrets Manager does not know the operation ${operation}.`,
      );
    }
    const [secrets, versions] = await Promise.all([
      service.store.ofType("aws:secretsmanager/secret:Secret"),
      service.store.ofType("aws:secretsmanager/secretVersion:SecretVersion"),
    ]);
    const result = perform(secretsOf({ secrets, versions }, signer), parseBody(body));
    service.onRequest?.(`${operation} for ${signer.account} in ${signer.region}: answered`);
    return { status: 200, body: result };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    service.onRequest?.(`${operation}: ${error.type}`);
    return { status: 400, body: { __type: error.type, Message: error.message } };
  }
}

function parseBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new ApiError("SerializationException", "The request is not JSON.");
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAXIMUM_BODY_BYTES) throw new ApiError("RequestEntityTooLarge", "The request is too large.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
