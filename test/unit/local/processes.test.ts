import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Layout, layout } from "../../../local/layout.ts";
import { allocatePorts, type Ports } from "../../../local/ports.ts";
import { answersHttp } from "../../../local/processes/probe.ts";
import { isRunning, processStartTime } from "../../../local/processes/process-identity.ts";
import { readRecord, readRecords, writeRecord } from "../../../local/processes/process-record.ts";
import type { ProcessSpec } from "../../../local/processes/process-spec.ts";
import { type StartProgress, startProcesses } from "../../../local/processes/start-processes.ts";
import { stopAll } from "../../../local/processes/stop-processes.ts";
import { UserError } from "../../../model/user-error.ts";

/** A process that says what it was given, and ends at once, at the first request, or only when killed. */
const program = `
  const [mode, port] = process.argv.slice(1);
  console.log("mode", mode, "variables", Object.keys(process.env).sort().join(" "));
  if (mode === "dies") {
    for (let line = 1; line <= 30; line++) console.error("complaint", line);
    process.exitCode = 3;
  } else {
    if (mode === "stubborn") process.on("SIGTERM", () => console.log("not yet"));
    require("node:http").createServer((_, response) => response.end("ok")).listen(Number(port), "127.0.0.1");
  }`;

describe("processes", () => {
  let paths: Layout;
  let ports: Ports;
  beforeEach(async () => {
    paths = layout(await mkdtemp(join(tmpdir(), "haulway-processes-")));
    ports = await allocatePorts(paths, ["one", "two"]);
  });
  afterEach(async () => {
    await stopAll(paths, { graceSeconds: 1 });
    await rm(paths.root, { recursive: true });
  });

  const spec = (name: string, changes: Partial<ProcessSpec> & { mode?: string } = {}): ProcessSpec => ({
    name,
    command: process.execPath,
    args: ["--eval", program, changes.mode ?? "serves", String(ports(name))],
    port: ports(name),
    ready: (signal) => answersHttp(ports(name), "/", signal),
    ...changes,
  });
  const start = (...specs: ProcessSpec[]) => startProcesses(specs, { layout: paths });
  const record = async (name: string) => {
    const found = await readRecord(paths, name);
    if (found === undefined) throw new Error(`no record of ${name}`);
    return found;
  };

  it("starts what is missing and waits until it is ready", async () => {
    const progress: StartProgress[] = [];
    const outcomes = await startProcesses([spec("one"), spec("two")], {
      layout: paths,
      onProgress: (step) => progress.push(step),
    });
    expect([...outcomes]).toEqual([
      ["one", "started"],
      ["two", "started"],
    ]);
    expect(progress.map(({ ready, total }) => `${ready}/${total}`)).toEqual(["0/2", "1/2", "2/2"]);
    expect(progress.at(-1)?.waitingFor).toEqual([]);
    expect(await isRunning(await record("one"))).toBe(true);
    expect(await (await fetch(`http://127.0.0.1:${ports("two")}`)).text()).toBe("ok");
  });

  it("leaves alone what runs and is up to date", async () => {
    await start(spec("one"));
    const before = await record("one");
    expect((await start(spec("one"))).get("one")).toBe("running");
    expect(await record("one")).toEqual(before);
  });

  it.each<[string, Partial<ProcessSpec>]>([
    ["an argument", { args: ["--eval", `${program}; console.log("more")`, "serves", "PORT"] }],
    ["a variable", { env: { GREETING: "hello" } }],
  ])("starts a process again when %s has changed", async (_, change) => {
    await start(spec("one"));
    const before = await record("one");
    const args = change.args?.map((arg) => (arg === "PORT" ? String(ports("one")) : arg));
    const changed = spec("one", { ...change, ...(args === undefined ? {} : { args }) });
    expect((await start(changed)).get("one")).toBe("restarted");
    expect(await isRunning(before)).toBe(false);
    expect(await isRunning(await record("one"))).toBe(true);
  });

  it("starts a process again when the content of a configuration file has changed", async () => {
    const configuration = [join(paths.root, "settings")];
    await start(spec("one", { configuration }));
    for (const settings of ["old", "new"]) {
      for (const file of configuration) await writeFile(file, settings);
      expect((await start(spec("one", { configuration }))).get("one"), settings).toBe("restarted");
      expect((await start(spec("one", { configuration }))).get("one"), settings).toBe("running");
    }
  });

  it("starts a killed process again and keeps its last log", async () => {
    await start(spec("one"), spec("two"));
    const killed = await record("one");
    process.kill(killed.pid, "SIGKILL");
    while (await isRunning(killed));
    const outcomes = await start(spec("one"), spec("two"));
    expect(Object.fromEntries(outcomes)).toEqual({ one: "started", two: "running" });
    expect(await readFile(paths.logs.previous("one"), "utf8")).toContain("mode serves");
  });

  it("starts a process again that runs but does not answer", async () => {
    await start(spec("one", { ready: async () => true }));
    const before = await record("one");
    const deaf = spec("one", {
      ready: async () => (await record("one")).pid !== before.pid,
      readyTimeoutSeconds: 1,
    });
    expect((await start(deaf)).get("one")).toBe("restarted");
    expect(await isRunning(before)).toBe(false);
  });

  it("reports a process that ends before it is ready with the end of its log", async () => {
    const error: unknown = await start(spec("one", { mode: "dies" })).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    const { message } = error as UserError;
    expect(message).toContain("one ended before it was ready: exit code 3");
    expect(message.match(/complaint \d+/g)).toHaveLength(20);
    expect(message).toContain("complaint 30");
    expect(message).toContain(paths.logs.file("one"));
  });

  it("keeps the others when one fails, so that the next start is shorter", async () => {
    await start(spec("two"));
    await expect(start(spec("two"), spec("one", { mode: "dies" }))).rejects.toThrow("exit code 3");
    expect(Object.fromEntries(await start(spec("two"), spec("one")))).toEqual({
      one: "started",
      two: "running",
    });
  });

  it("reports a process that does not become ready, with the reason it gave last", async () => {
    const never = spec("one", {
      ready: () => Promise.reject(new Error("status 503 from /readyz")),
      readyTimeoutSeconds: 0.3,
    });
    await expect(start(never)).rejects.toThrow(
      /one did not become ready within 0\.3 s \(status 503 from \/readyz\)/,
    );
  });

  it("reports an executable that is missing", async () => {
    const error: unknown = await start(spec("one", { command: join(paths.root, "no-such-program") })).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(/could not be started: .*no-such-program ENOENT/);
  });

  it("stops waiting when it is interrupted", async () => {
    const interrupt = new AbortController();
    const never = spec("one", { ready: () => Promise.resolve(false) });
    const outcome = startProcesses([never], { layout: paths, signal: interrupt.signal });
    interrupt.abort(new Error("interrupted"));
    await expect(outcome).rejects.toThrow("interrupted");
  });

  it("passes on no variable but the few that every program needs", async () => {
    process.env["AWS_SECRET_ACCESS_KEY"] = "canary";
    try {
      await start(spec("one", { env: { GREETING: "hello" } }));
    } finally {
      delete process.env["AWS_SECRET_ACCESS_KEY"];
    }
    const log = await readFile(paths.logs.file("one"), "utf8");
    expect(log).toContain("GREETING");
    expect(log).not.toContain("AWS_SECRET_ACCESS_KEY");
  });

  describe("ports", () => {
    const servers: Server[] = [];
    const occupy = (name: string) =>
      new Promise<void>((resolve) => {
        const server = createServer();
        servers.push(server);
        server.listen(ports(name), "127.0.0.1", resolve);
      });
    afterEach(() =>
      Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done)))),
    );

    it("names every port that a stranger holds, what needs it, who holds it and the way out", async () => {
      await occupy("one");
      await occupy("two");
      const error: unknown = await start(spec("one"), spec("two")).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(UserError);
      const { message } = error as UserError;
      for (const name of ["one", "two"]) {
        expect(message).toContain(
          `Port ${ports(name)} of 127.0.0.1, which ${name} needs, is taken by process ${process.pid} (`,
        );
      }
      expect(message).toContain("npm run local:down");
      expect(await readRecords(paths)).toEqual([]);
    });

    it("stay the same from start to start and avoid those in use", async () => {
      await occupy("one");
      const again = await allocatePorts(paths, ["two", "three", "one"]);
      expect([again("one"), again("two")]).toEqual([ports("one"), ports("two")]);
      expect(new Set([again("one"), again("two"), again("three")]).size).toBe(3);
      expect(() => again("four")).toThrow("four");
    });

    it("are a user's error when their file is damaged", async () => {
      await writeFile(paths.portsFile, '{"one": "http"}');
      await expect(allocatePorts(paths, ["one"])).rejects.toThrow(
        /ports\.json is damaged[\s\S]*npm run local:down/,
      );
    });
  });

  describe("stopping", () => {
    it("ends everything and forgets it, and has nothing to do the second time", async () => {
      await start(spec("one"), spec("two"));
      const records = await readRecords(paths);
      expect(await stopAll(paths)).toBe(2);
      for (const ended of records) expect(await isRunning(ended)).toBe(false);
      expect(await readRecords(paths)).toEqual([]);
      expect(await stopAll(paths)).toBe(0);
    });

    it("kills a process that does not end by itself", async () => {
      await start(spec("one", { mode: "stubborn" }));
      const stubborn = await record("one");
      expect(await stopAll(paths, { graceSeconds: 0.3 })).toBe(1);
      expect(await isRunning(stubborn)).toBe(false);
      expect(await readFile(paths.logs.file("one"), "utf8")).toContain("not yet");
    });

    it("leaves a stranger alone that got the id of a process that ended", async () => {
      await start(spec("one"));
      const real = await record("one");
      await writeRecord(paths, { ...real, name: "two", pid: process.pid, startTime: "another boot/1" });
      expect(await stopAll(paths)).toBe(1);
      expect(await processStartTime(process.pid)).toBeDefined();
    });

    it.runIf(process.platform === "linux")("finds a process whose record was never written", async () => {
      await start(spec("one"));
      const lost = await record("one");
      await rm(paths.processes.directory, { recursive: true });
      expect(await stopAll(paths)).toBe(1);
      expect(await isRunning(lost)).toBe(false);
    });
  });
});
