import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { z } from "zod";
import { ResourceStore } from "../aws/resource-store.ts";
import { userFor } from "./access.ts";
import { ensureTokenKey, verifyToken } from "./token.ts";

/** How the authenticator is started. */
export interface AuthenticatorOptions {
  /** Port on 127.0.0.1; 0 = one that is free. */
  readonly port: number;
  /** Paths of the serving certificate and its key, PEM. */
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Directory of the token key, `.local/eks`. */
  readonly eksDirectory: string;
  /** Directory of the stand-in for AWS, `.local/aws`: its access entries decide. */
  readonly awsDirectory: string;
  /** Told of every token that is refused, and why; never of the token. @default nobody is told */
  readonly onRefusal?: (message: string) => void;
}

const tokenReview = z.object({ kind: z.literal("TokenReview"), spec: z.object({ token: z.string() }) });
const MAXIMUM_BODY_BYTES = 64 * 1024;

/** Path at which the API server of an EKS cluster has tokens reviewed. */
export function reviewPath(cluster: string): string {
  return `/clusters/${encodeURIComponent(cluster)}/token-review`;
}

/**
 * The stand-in for EKS's authenticator: a webhook for Kubernetes' TokenReview (authentication.k8s.io/v1), one path per cluster. It
 * reads the access entries anew for every review, so that a change takes effect at once.
 */
export async function startAuthenticator(options: AuthenticatorOptions): Promise<Server> {
  const key = await ensureTokenKey(options.eksDirectory);
  const store = new ResourceStore(options.awsDirectory);

  const review = async (cluster: string, token: string): Promise<object> => {
    try {
      const { roleArn } = verifyToken(token, cluster, key, Math.floor(Date.now() / 1000));
      const [roles, accessEntries, policyAssociations] = await Promise.all([
        store.ofType("aws:iam/role:Role"),
        store.ofType("aws:eks/accessEntry:AccessEntry"),
        store.ofType("aws:eks/accessPolicyAssociation:AccessPolicyAssociation"),
      ]);
      const user = userFor({ roles, accessEntries, policyAssociations }, cluster, roleArn);
      return { authenticated: true, user: { ...user, uid: roleArn } };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      options.onRefusal?.(`refused a token for cluster "${cluster}": ${reason}`);
      return { authenticated: false, error: reason };
    }
  };

  const server = createServer(
    { cert: await readFile(options.certificateFile), key: await readFile(options.keyFile) },
    (request, response) => {
      void answer(request, response, review);
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  review: (cluster: string, token: string) => Promise<object>,
): Promise<void> {
  const cluster = /^\/clusters\/([^/?]+)\/token-review(\?|$)/.exec(request.url ?? "")?.[1];
  if (request.method !== "POST" || cluster === undefined) {
    response.writeHead(request.url === "/healthz" ? 200 : 404).end();
    return;
  }
  try {
    const { spec } = tokenReview.parse(JSON.parse(await bodyOf(request)));
    const status = await review(decodeURIComponent(cluster), spec.token);
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", status }));
  } catch {
    response.writeHead(400).end("not a TokenReview\n");
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAXIMUM_BODY_BYTES) {
      throw new Error("too large");
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
