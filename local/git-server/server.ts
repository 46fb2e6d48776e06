import { spawn } from "node:child_process";
import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { CgiResponse } from "./cgi-response.ts";
import { gitEnvironment } from "./state-store.ts";

/** What is served, to whom, where. */
export interface GitServerOptions {
  /** Path of the bare repository. */
  readonly repository: string;
  readonly username: string;
  /** Path of the file with the password; one line feed at its end does not count. Read once, at the start. */
  readonly passwordFile: string;
  /** Port on 127.0.0.1; 0 chooses one that is free. */
  readonly port: number;
}

/** A git server that runs. */
export interface GitServer {
  /** URL of the repository, without credentials. */
  readonly url: string;
  /** Ends it; requests that are under way are cut off. */
  readonly close: () => Promise<void>;
}

/** Everything that the smart protocol needs, and nothing else: no path of a request ever becomes the path of a file. */
const routes: Readonly<Record<string, string>> = {
  "GET /info/refs": "/info/refs",
  "POST /git-upload-pack": "/git-upload-pack",
  "POST /git-receive-pack": "/git-receive-pack",
};

/**
 * Serves one repository by git's smart HTTP protocol on 127.0.0.1. Reading and pushing need the password (basic authentication).
 *
 * @throws Error if the port is taken or the password cannot be read.
 */
export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  const password = (await readFile(options.passwordFile, "utf8")).replace(/\n$/, "");
  const expected = digest(`${options.username}:${password}`);
  const prefix = `/${basename(options.repository)}`;
  const server = createServer((request, response) => {
    answer(request, response, { ...options, prefix, expected }).catch((error: unknown) => {
      process.stderr.write(
        `${request.method ?? ""} ${prefix}: ${error instanceof Error ? error.message : String(error)}\n`,
      );
      if (!response.headersSent)
        refuse(response, 500, "The repository could not be served; the server's log says why.");
      else response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

interface Context extends GitServerOptions {
  readonly prefix: string;
  readonly expected: Buffer;
}

async function answer(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  if (!isAuthorized(request.headers.authorization, context.expected)) {
    response.setHeader("WWW-Authenticate", 'Basic realm="state store", charset="UTF-8"');
    return refuse(response, 401, "The state store needs a user name and a password.");
  }
  const [path = "", query = ""] = (request.url ?? "").split("?", 2);
  const route = path.startsWith(context.prefix)
    ? routes[`${request.method ?? ""} ${path.slice(context.prefix.length)}`]
    : undefined;
  if (route === undefined)
    return refuse(response, 404, `Nothing is here but the repository at ${context.prefix}.`);
  await runBackend(request, response, { ...context, route, query });
}

async function runBackend(
  request: IncomingMessage,
  response: ServerResponse,
  { repository, username, prefix, route, query }: Context & { route: string; query: string },
): Promise<void> {
  const backend = spawn("git", ["http-backend"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      ...gitEnvironment(repository),
      GIT_PROJECT_ROOT: dirname(repository),
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: `${prefix}${route}`,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      // git takes the request for authenticated, and so allows pushes, because this is set.
      REMOTE_USER: username,
      REMOTE_ADDR: "127.0.0.1",
      ...optional("CONTENT_TYPE", request.headers["content-type"]),
      ...optional("CONTENT_LENGTH", request.headers["content-length"]),
      ...optional("HTTP_CONTENT_ENCODING", request.headers["content-encoding"]),
      ...optional("GIT_PROTOCOL", request.headers["git-protocol"]),
    },
  });
  const ended = new Promise<void>((resolve, reject) => {
    backend.once("error", reject);
    backend.once("close", () => resolve());
  });
  const stop = () => backend.kill();
  response.once("close", stop);
  const head = new CgiResponse(({ status, headers }) => {
    response.statusCode = status;
    for (const [name, value] of headers) response.appendHeader(name, value);
  });
  try {
    await Promise.all([
      // git may have its answer before it has read everything, and then closes its end.
      pipeline(request, backend.stdin).catch(ignoreClosedEnd),
      pipeline(backend.stdout, head, response),
      ended,
    ]);
  } finally {
    response.off("close", stop);
    stop();
  }
}

function optional(name: string, value: string | string[] | undefined): Record<string, string> {
  return typeof value === "string" ? { [name]: value } : {};
}

function ignoreClosedEnd(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_PREMATURE_CLOSE" && error.code !== "ECONNRESET")
    throw error;
}

/** Compares digests, which have one length, in a time that does not depend on how much of them is right. */
function isAuthorized(header: string | undefined, expected: Buffer): boolean {
  const [scheme = "", encoded = ""] = (header ?? "").split(" ", 2);
  const given = scheme.toLowerCase() === "basic" ? Buffer.from(encoded, "base64").toString("utf8") : "";
  return timingSafeEqual(digest(given), expected);
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.statusCode = status;
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  // The rest of a body that nobody reads must not be taken for the next request.
  response.setHeader("Connection", "close");
  response.end(`${message}\n`);
}
