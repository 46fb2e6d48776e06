import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensurePki } from "../../../local/control-plane/pki.ts";
import { type Layout, layout } from "../../../local/layout.ts";
import { ensureNatsOperator } from "../../../local/nats/nats-operator.ts";
import type { Ports } from "../../../local/ports.ts";
import type { ProcessSpec } from "../../../local/processes/process-spec.ts";
import { eksAuthenticator } from "../../../local/stand-ins/eks/process.ts";
import { synadiaStandIn } from "../../../local/stand-ins/synadia/process.ts";

const environment = { name: "local", nats: { synadia: { accountId: "2bKAVoSBsfwNDAEj5MdMaiwqj8e" } } };

let paths: Layout;
let ports: Ports;

beforeEach(async () => {
  paths = layout(await mkdtemp(join(tmpdir(), "haulway-processes-")));
  const port = await freePort();
  ports = () => port;
});

afterEach(() => rm(paths.root, { recursive: true, force: true }));

describe("the process of the Synadia stand-in", () => {
  it("makes its token, answers, and ends when it is told to", async () => {
    await ensureNatsOperator(paths);
    const { child, output } = await started(synadiaStandIn({ layout: paths, ports, environment }));
    const token = await readFile(paths.synadia.tokenFile, "utf8");
    expect(token).toMatch(/^uat_\S{40,}\n$/);
    expect((await stat(paths.synadia.tokenFile)).mode & 0o777).toBe(0o600);
    expect(await ended(child, "SIGTERM")).toBe(0);
    expect(output()).toContain("Stand-in of Synadia Cloud (not the real service)");
    expect(output()).not.toContain(token.trim());
  });

  it("has no secret in its arguments or variables", async () => {
    await ensureNatsOperator(paths);
    const spec = synadiaStandIn({ layout: paths, ports, environment });
    expect([...spec.args, ...Object.values(spec.env ?? {})].join("\n")).not.toMatch(
      /uat_|S[OAU][A-Z2-7]{56}|eyJ/,
    );
  });
});

describe("the process of the EKS authenticator", () => {
  it("answers with a certificate of the local CA, and ends when it is told to", async () => {
    const pki = await ensurePki(paths);
    await pki.issueServingCertificate("eks-authenticator", ["127.0.0.1"]);
    const { child, output } = await started(eksAuthenticator({ layout: paths, ports, pki }));
    expect(output()).toContain("Stand-in of EKS's authenticator (not the real one)");
    await ended(child, "SIGTERM");
  });
});

async function started(spec: ProcessSpec): Promise<{ child: ChildProcess; output: () => string }> {
  const child = spawn(spec.command, spec.args, {
    env: { ...process.env, ...spec.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (text: Buffer) => (output += text.toString()));
  child.stderr.on("data", (text: Buffer) => (output += text.toString()));
  const signal = AbortSignal.timeout(50_000);
  while (!(await spec.ready(signal).catch(() => false))) {
    if (child.exitCode !== null) {
      throw new Error(`${spec.name} ended: ${output}`);
    }
    signal.throwIfAborted();
    await wait(100);
  }
  return { child, output: () => output };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exit = once(child, "exit");
  child.kill(signal);
  const [code] = (await exit) as [number | null];
  return code;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || address === null) {
    throw new Error("no port");
  }
  return address.port;
}
