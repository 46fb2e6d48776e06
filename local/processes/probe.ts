import { readFile } from "node:fs/promises";
import { get } from "node:https";
import { connect } from "node:net";

/** How a server's certificate is verified, and who asks; paths of PEM files. */
export interface ProbeIdentity {
  readonly caFile: string;
  readonly certificate?: string;
  readonly key?: string;
}

const answerMilliseconds = 2_000;

/**
 * Whether a GET of `url` is answered with status 200. The server's certificate is verified against the CA.
 *
 * @throws Error that says what came instead: another status with the beginning of the answer, or no answer.
 */
export async function answersHttps(
  url: string,
  identity: ProbeIdentity,
  signal: AbortSignal,
): Promise<boolean> {
  const ca = await readFile(identity.caFile);
  const cert = identity.certificate === undefined ? undefined : await readFile(identity.certificate);
  const key = identity.key === undefined ? undefined : await readFile(identity.key);
  return new Promise((resolve, reject) => {
    const request = get(
      url,
      { ca, cert, key, signal, timeout: answerMilliseconds, agent: false },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          body += chunk;
        });
        response.once("error", reject);
        response.once("end", () => {
          if (response.statusCode === 200) resolve(true);
          else reject(new Error(`status ${response.statusCode ?? 0} from ${url}: ${body.slice(0, 500)}`));
        });
      },
    );
    request.once("timeout", () => request.destroy(new Error(`no answer from ${url}`)));
    request.once("error", reject);
  });
}

/** Whether something accepts connections on `port` of 127.0.0.1. */
export function acceptsConnections(port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, signal });
    const finish = (accepts: boolean) => {
      socket.destroy();
      resolve(accepts);
    };
    socket.once("connect", () => finish(true));
    socket.once("error", () => finish(false));
  });
}

/** Whether a plain HTTP GET of `path` on `port` of 127.0.0.1 is answered with a status below 400. No answer is an Error. */
export async function answersHttp(port: number, path: string, signal: AbortSignal): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(answerMilliseconds)]),
  });
  await response.body?.cancel();
  return response.status < 400;
}
