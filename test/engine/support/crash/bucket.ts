import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A moment in the life of a write: before anything of it is kept, or when it is kept and not yet answered. */
export interface BucketMoment {
  readonly key: string;
  readonly stored: boolean;
}

/**
 * A bucket in memory that speaks as much of S3's protocol as Pulumi's backend needs. Unlike a directory it tells of a write
 * before and after it, and the engine stands still as long as the listener takes: a run can be killed at an exact checkpoint.
 */
export class Bucket {
  /** Told of every write; the engine has no answer before it returns. If it throws, the engine never gets one. */
  listener: (moment: BucketMoment) => Promise<void> = () => Promise.resolve();

  readonly #objects: Map<string, Buffer>;
  readonly #written: Buffer[] = [];
  readonly #server: Server;

  private constructor(objects: ReadonlyMap<string, Buffer>) {
    this.#objects = new Map(objects);
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  /** @param objects what is in it at the start, by key */
  static async start(objects: ReadonlyMap<string, Buffer> = new Map()): Promise<Bucket> {
    const bucket = new Bucket(objects);
    bucket.#server.listen(0, "127.0.0.1");
    await once(bucket.#server, "listening");
    return bucket;
  }

  /** The URL for `PULUMI_BACKEND_URL`. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `s3://state?region=us-east-1&endpoint=http://127.0.0.1:${port}&disable_https=true&use_path_style=true`;
  }

  /** Variables without which the engine does not talk to it. The keys are not checked. */
  static readonly variables = {
    AWS_ACCESS_KEY_ID: "nobody",
    AWS_SECRET_ACCESS_KEY: "nothing",
    AWS_REQUEST_CHECKSUM_CALCULATION: "when_required",
    AWS_EC2_METADATA_DISABLED: "true",
  };

  /** What it holds now, by key. */
  get objects(): ReadonlyMap<string, Buffer> {
    return this.#objects;
  }

  /** Everything that was ever written to it. */
  get written(): readonly Buffer[] {
    return this.#written;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://bucket");
    const key = keyOf(url.pathname);
    switch (request.method ?? "") {
      case "GET":
      case "HEAD":
        return key === "" ? this.#list(url.searchParams, response) : this.#get(key, response);
      case "PUT":
        return this.#put(key, request, response);
      case "DELETE":
        this.#objects.delete(key);
        response.writeHead(204).end();
        return;
      default:
        response.writeHead(501).end();
    }
  }

  #get(key: string, response: ServerResponse): void {
    const object = this.#objects.get(key);
    if (object === undefined) {
      absent(response);
      return;
    }
    response.writeHead(200, {
      "Content-Length": object.length,
      "Last-Modified": new Date().toUTCString(),
      ETag: etag(object),
    });
    // Node.js leaves the body out of the answer to a HEAD.
    response.end(object);
  }

  async #put(key: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const source = request.headers["x-amz-copy-source"];
    const content =
      typeof source === "string" ? this.#objects.get(keyOf(`/${source}`)) : await bodyOf(request);
    if (content === undefined) {
      absent(response);
      return;
    }
    await this.listener({ key, stored: false });
    this.#objects.set(key, content);
    this.#written.push(content);
    await this.listener({ key, stored: true });
    response.writeHead(200, { ETag: etag(content) });
    response.end(
      typeof source === "string"
        ? xml(
            "CopyObjectResult",
            `<ETag>${etag(content)}</ETag><LastModified>${new Date().toISOString()}</LastModified>`,
          )
        : undefined,
    );
  }

  #list(parameters: URLSearchParams, response: ServerResponse): void {
    const prefix = parameters.get("prefix") ?? "";
    const delimiter = parameters.get("delimiter") ?? "";
    const contents: string[] = [];
    const prefixes = new Set<string>();
    for (const key of [...this.#objects.keys()].sort()) {
      if (!key.startsWith(prefix)) continue;
      const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      if (end < 0) contents.push(`<Key>${key}</Key><Size>${this.#objects.get(key)?.length ?? 0}</Size>`);
      else prefixes.add(key.slice(0, end + 1));
    }
    const modified = `<LastModified>${new Date().toISOString()}</LastModified>`;
    response
      .writeHead(200, { "Content-Type": "application/xml" })
      .end(
        xml(
          "ListBucketResult",
          [
            "<IsTruncated>false</IsTruncated>",
            ...contents.map((entry) => `<Contents>${entry}${modified}</Contents>`),
            ...[...prefixes].map((entry) => `<CommonPrefixes><Prefix>${entry}</Prefix></CommonPrefixes>`),
          ].join(""),
        ),
      );
  }
}

/** The key in a path of the form `/<bucket>/<key>`. */
function keyOf(path: string): string {
  return decodeURIComponent(path.replace(/^\/+/, "").split("/").slice(1).join("/"));
}

function absent(response: ServerResponse): void {
  response.writeHead(404, { "Content-Type": "application/xml" }).end(xml("Error", "<Code>NoSuchKey</Code>"));
}

function xml(element: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><${element}>${content}</${element}>`;
}

function etag(content: Buffer): string {
  return `"${createHash("md5").update(content).digest("hex")}"`;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
