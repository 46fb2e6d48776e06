import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { platformApplications } from "../../../../cli/applications/platform-applications.ts";
import { ensurePki } from "../../../../local/control-plane/pki.ts";
import { layout } from "../../../../local/layout.ts";

const path = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications";

/** What an API server was asked: method, path, content type, body. */
const requests: string[] = [];
let server: Server;
let kubeconfig: string;
let directory: string;

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "haulway-applications-"));
  const pki = await ensurePki(layout(directory));
  const { certificate, key } = await pki.issueServingCertificate("server", ["127.0.0.1"]);
  server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
    void bodyOf(request).then((body) => {
      requests.push(`${request.method} ${request.url} ${request.headers["content-type"]} ${body}`);
      const found = !String(request.url).endsWith("/gone");
      response.writeHead(found ? 200 : 404, { "content-type": "application/json" });
      const item = { metadata: { name: "a" }, status: { sync: { status: "Synced" }, extra: 1 } };
      response.end(JSON.stringify(request.method === "GET" ? { items: [item] } : item));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  kubeconfig = JSON.stringify({
    clusters: [
      { name: "c", cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority": pki.caFile } },
    ],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

describe("platformApplications", () => {
  it("reads Applications by name and asks for a refresh by a merge patch", async () => {
    const applications = await platformApplications(kubeconfig, "argocd");
    const found = await applications.list();
    expect(found.get("a")?.status?.sync?.status).toBe("Synced");
    await applications.refresh("a");
    expect(requests.at(0)).toMatch(`GET ${path} `);
    expect(requests.at(1)).toBe(
      `PATCH ${path}/a application/merge-patch+json {"metadata":{"annotations":{"argocd.argoproj.io/refresh":"normal"}}}`,
    );
  });

  it("passes over an Application that has gone", async () => {
    const applications = await platformApplications(kubeconfig, "argocd");
    await expect(applications.refresh("gone")).resolves.toBeUndefined();
  });
});
