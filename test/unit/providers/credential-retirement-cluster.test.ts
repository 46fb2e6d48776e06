import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WorkloadCluster } from "@haulway/providers/credential-retirement/workload-cluster";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { ensurePki } from "../../../local/control-plane/pki.ts";
import { layout } from "../../../local/layout.ts";

let directory: string;
let server: Server;
let caCertificate: string;
/** What the server answers, by the end of the path. */
let answers: Record<string, { readonly status: number; readonly body: string }>;
let requests: { readonly url: string | undefined; readonly authorization: string | undefined }[];

const NOT_FOUND = { status: 404, body: JSON.stringify({ kind: "Status", reason: "NotFound" }) };
const NO_PODS = { status: 200, body: JSON.stringify({ kind: "PodList", items: [] }) };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "haulway-cluster-"));
  const paths = layout(directory);
  await mkdir(paths.pki.directory, { recursive: true });
  const pki = await ensurePki(paths);
  const { certificate, key } = await pki.issueServingCertificate("server", ["127.0.0.1"]);
  caCertificate = pki.caCertificate;
  server = createServer(
    { cert: await readFile(certificate), key: await readFile(key) },
    (request, response) => {
      requests.push({ url: request.url, authorization: request.headers.authorization });
      const answer = Object.entries(answers).find(([path]) => request.url?.includes(path))?.[1];
      if (answer === undefined) return;
      response.writeHead(answer.status).end(answer.body);
    },
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});

beforeEach(() => {
  requests = [];
  answers = { "/deployments/": NOT_FOUND, "/pods": NO_PODS };
});

/** A kubeconfig with changes to its cluster and user. */
function kubeconfig(user: object = {}, cluster: object = {}): string {
  return stringify({
    clusters: [
      {
        name: "c",
        cluster: {
          server: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
          "certificate-authority-data": Buffer.from(caCertificate).toString("base64"),
          ...cluster,
        },
      },
    ],
    users: [{ name: "u", user }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    "current-context": "c",
  });
}

/** The user of a kubeconfig that has its token from a command, as on EKS. */
function command(script: string): object {
  return { exec: { command: "sh", args: ["-c", script] } };
}

async function look(text = kubeconfig()) {
  return (await WorkloadCluster.connect(text)).look("claims", "intake");
}

describe("a Deployment on a cluster", () => {
  it("is read with the pods that it selects", async () => {
    const deployment = {
      kind: "Deployment",
      spec: { selector: { matchLabels: { app: "intake", tier: "a" } } },
    };
    answers["/deployments/"] = { status: 200, body: JSON.stringify(deployment) };
    expect(await look()).toEqual({ deployment, pods: [] });
    expect(requests.map(({ url }) => url)).toEqual([
      "/apis/apps/v1/namespaces/claims/deployments/intake",
      `/api/v1/namespaces/claims/pods?labelSelector=${encodeURIComponent("app=intake,tier=a")}`,
    ]);
  });

  it("is absent when the API server says so", async () => {
    expect(await look()).toEqual({ deployment: undefined, pods: [] });
  });

  it.each([
    [
      "a page that is not found",
      "/deployments/",
      { status: 404, body: "404 page not found" },
      "answered 404: 404 page not found",
    ],
    [
      "a Status that is none",
      "/deployments/",
      { status: 404, body: '{"reason":"NotFound"}' },
      "answered 404",
    ],
    [
      "a page that asks for a login",
      "/deployments/",
      { status: 200, body: "<html>" },
      "answered 200: <html>",
    ],
    ["another object", "/deployments/", NO_PODS, "answered 200"],
    ["nothing", "/deployments/", { status: 200, body: "null" }, "answered 200: null"],
    [
      "a refusal",
      "/pods",
      { status: 403, body: '{"kind":"Status","message":"pods is forbidden"}' },
      "answered 403: pods is forbidden",
    ],
    ["no list of pods", "/pods", NOT_FOUND, "answered 404"],
  ])("is not taken for absent because of %s", async (_, path, answer, message) => {
    answers[path] = answer;
    await expect(look()).rejects.toThrow(message);
  });
});

it("believes nobody whose certificate is of another authority", async () => {
  await expect(look(kubeconfig({}, { "certificate-authority-data": undefined }))).rejects.toThrow(
    /^https:.* does not answer: .*certificate/,
  );
  expect(requests).toEqual([]);
});

describe("the kubeconfig of a cluster", () => {
  const secret = "c2VjcmV0";

  it.each([
    ["is not YAML", () => `users: [ ${secret}`, "it is not a kubeconfig"],
    ["names no cluster", () => "{}", "its current context names no cluster"],
    [
      "has a server without TLS",
      () => kubeconfig({}, { server: "http://127.0.0.1:1" }),
      "is not reached over https",
    ],
    [
      "does not verify",
      () => kubeconfig({}, { "insecure-skip-tls-verify": true }),
      "insecure-skip-tls-verify",
    ],
    [
      "has a command that is missing",
      () => kubeconfig({ exec: { command: "no-such-command" } }),
      "spawn no-such-command ENOENT",
    ],
    ["has a command that fails", () => kubeconfig(command("echo no session >&2; exit 1")), "no session"],
    [
      "has a command that prints something else",
      () => kubeconfig(command(`echo ${secret}`)),
      "its command printed no token",
    ],
  ])("is refused because it %s, without a word of its secrets", async (_, text, message) => {
    const refusal = await look(text()).catch((error: unknown) => (error as Error).message);
    expect(refusal).toContain(`its kubeconfig cannot be used: `);
    expect(refusal).toContain(message);
    expect(refusal).not.toContain(secret);
    expect(requests).toEqual([]);
  });

  it("has its command run once for many looks, and again when the token has expired", async () => {
    const runs = join(directory, "runs");
    await writeFile(runs, "");
    const credential = (expiry: string) =>
      JSON.stringify({ kind: "ExecCredential", status: { token: secret, expirationTimestamp: expiry } });
    const script = (expiry: string) => command(`echo run >> ${runs}; echo '${credential(expiry)}'`);

    const lasting = await WorkloadCluster.connect(kubeconfig(script("2999-01-01T00:00:00Z")));
    await Promise.all([1, 2, 3].map((number) => lasting.look("claims", `intake-${number}`)));
    await lasting.look("claims", "intake");
    expect(await readFile(runs, "utf8")).toBe("run\n");
    expect(new Set(requests.map(({ authorization }) => authorization))).toEqual(
      new Set([`Bearer ${secret}`]),
    );

    const expired = await WorkloadCluster.connect(kubeconfig(script("2000-01-01T00:00:00Z")));
    await expired.look("claims", "intake");
    await expired.look("claims", "intake");
    expect(await readFile(runs, "utf8")).toBe("run\nrun\nrun\n");
  });
});
