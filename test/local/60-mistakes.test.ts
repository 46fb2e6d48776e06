import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, inject, it } from "vitest";
import { Project } from "./support/sandbox.ts";

const project = new Project(inject("sandbox"));

const original = new Map<string, string>();

/** Rewrites one file of the project until the test ends. */
async function rewrite(file: string, change: (text: string) => string): Promise<void> {
  const path = join(project.directory, file);
  const text = await readFile(path, "utf8");
  if (!original.has(path)) original.set(path, text);
  const changed = change(text);
  expect(changed).not.toBe(text);
  await writeFile(path, changed);
}

afterEach(async () => {
  for (const [path, text] of original) await writeFile(path, text);
  original.clear();
});

/** A stack trace, or a message of the runtime instead of ours. */
const trace = /^\s+at .+:\d+:\d+\)?$|TypeError|ZodError|UnhandledPromise/m;

describe("a mistake in a file", () => {
  const cases = [
    {
      name: "a missing field",
      change: (text: string) => text.replace(/^\s+port: .*\n/m, ""),
      says: /teams\/claims\.yaml:\d+ .*port/,
    },
    {
      name: "a cluster that does not exist",
      change: (text: string) => text.replace("clusters: [workload-a]", "clusters: [nowhere]"),
      says: /teams\/claims\.yaml:\d+ .*nowhere[\s\S]*workload-a/,
    },
    {
      name: "two workloads of one name",
      change: (text: string) => text.replace("name: assessor", "name: intake"),
      says: /teams\/claims\.yaml:\d+ .*intake/,
    },
    {
      name: "YAML that does not parse",
      change: (text: string) => text.replace("spec:", "spec: [unclosed"),
      says: /teams\/claims\.yaml:\d+/,
    },
  ];

  it.each(cases)("$name is named with its place, by every command, before anything changes", async ({
    change,
    says,
  }) => {
    const commit = await project.stateStore("rev-parse", "main");
    await rewrite("teams/claims.yaml", change);
    for (const args of [["validate"], ["preview", "local"], ["up", "local", "--yes"]]) {
      const outcome = await project.haulway(...args);
      expect(outcome.code, args.join(" ")).toBe(2);
      expect(outcome.stdout + outcome.stderr).toMatch(says);
      expect(outcome.stdout + outcome.stderr).not.toMatch(trace);
    }
    const plain = await project.shell("pulumi preview --stack local.team.claims --non-interactive");
    expect(plain.code).not.toBe(0);
    expect(plain.stdout + plain.stderr).toMatch(says);
    expect(plain.stdout + plain.stderr).not.toMatch(trace);
    expect(await project.stateStore("rev-parse", "main")).toBe(commit);
  });

  it("is reported together with all the others", async () => {
    await rewrite("teams/claims.yaml", (text) => text.replace("name: assessor", "name: intake"));
    await rewrite("teams/quoting.yaml", (text) => text.replace(/^\s+port: .*\n/m, ""));
    const outcome = await project.haulway("validate", "--json");
    expect(outcome.code).toBe(2);
    const text = outcome.stdout;
    expect(text).toContain("teams/claims.yaml");
    expect(text).toContain("teams/quoting.yaml");
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  });
});

describe("a mistake on the command line", () => {
  it.each([
    { args: ["up", "nowhere"], says: /nowhere[\s\S]*local/ },
    { args: ["up", "local", "--team", "nobody"], says: /nobody[\s\S]*claims/ },
    { args: ["up", "local", "--cluster", "nobody"], says: /nobody[\s\S]*workload-a/ },
    { args: ["upp", "local"], says: /upp[\s\S]*up/ },
    { args: ["up"], says: /env/ },
  ])("haulway $args ends with 2 and the way out", async ({ args, says }) => {
    const outcome = await project.haulway(...args);
    expect(outcome.code).toBe(2);
    expect(outcome.stdout + outcome.stderr).toMatch(says);
    expect(outcome.stdout + outcome.stderr).not.toMatch(trace);
  });
});

describe("a process that was killed", () => {
  it("is reported with its log, and npm start repairs it", async () => {
    const name = "workload-a-kube-apiserver";
    const record = join(project.directory, ".local/processes", `${name}.json`);
    const { pid } = JSON.parse(await readFile(record, "utf8")) as { pid: number };
    process.kill(pid, "SIGKILL");
    await expect
      .poll(async () => (await project.haulway("local", "status")).code, { timeout: 60_000, interval: 1_000 })
      .toBe(1);
    const status = await project.haulway("local", "status");
    expect(status.stdout + status.stderr).toContain(`.local/logs/${name}.log`);
    expect(status.stdout + status.stderr).toContain("npm start");
    expect(status.stdout + status.stderr).not.toMatch(trace);

    const repaired = await project.npm("start");
    expect(repaired.code, repaired.stdout + repaired.stderr).toBe(0);
    const { applications } = await project.status();
    expect(applications.filter(({ sync, health }) => sync !== "Synced" || health !== "Healthy")).toEqual([]);
  });
});
