import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { Project } from "./support/sandbox.ts";

const project = new Project(inject("sandbox"));
const local = join(project.directory, ".local");

/** What must not be seen: an nkey seed, a signed JWT, and the tokens and passwords this very environment was made with. */
async function secrets(): Promise<readonly RegExp[]> {
  const values = await Promise.all(
    ["synadia/token", "state-store/password", "pulumi/passphrase"].map(async (file) =>
      (await readFile(join(local, file), "utf8")).trim(),
    ),
  );
  for (const value of values) expect(value.length).toBeGreaterThan(15);
  return [
    /\bS[UAO][A-Z2-7]{56}\b/,
    /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}/,
    /PRIVATE KEY-----/,
    ...values.map((value) => new RegExp(value.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))),
  ];
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The texts with a secret in plain text, as "where: which pattern"; plain and as base64. */
function findings(texts: ReadonlyMap<string, string>, patterns: readonly RegExp[]): string[] {
  const found: string[] = [];
  for (const [where, text] of texts) {
    const decoded = (text.match(/[A-Za-z0-9+/]{80,}={0,2}/g) ?? []).map((part) =>
      Buffer.from(part, "base64").toString("latin1"),
    );
    for (const pattern of patterns) {
      if (pattern.test(text) || decoded.some((part) => pattern.test(part)))
        found.push(`${where}: ${pattern.source}`);
    }
  }
  return found;
}

async function read(files: readonly string[]): Promise<Map<string, string>> {
  const texts = await Promise.all(files.map(async (file) => [file, await readFile(file, "latin1")] as const));
  return new Map(texts);
}

describe("no seed, JWT, token or key in plain text", () => {
  it("is found by these patterns where one lies on purpose", async () => {
    const seeded = new Map([
      ["seed", `x SU${"A".repeat(56)} x`],
      [
        "jwt in base64",
        Buffer.from(`{"a":"eyJ${"a".repeat(20)}.eyJ${"b".repeat(20)}.${"c".repeat(40)}"}`).toString("base64"),
      ],
    ]);
    expect(findings(seeded, await secrets())).toHaveLength(2);
  });

  it("is in a state file of Pulumi, history and backups included", async () => {
    const files = await filesBelow(join(local, "pulumi/backend"));
    expect(files.some((file) => file.includes("local.team.claims"))).toBe(true);
    expect(findings(await read(files), await secrets())).toEqual([]);
  });

  it("is in a log", async () => {
    const files = await filesBelow(join(local, "logs"));
    expect(files.length).toBeGreaterThan(10);
    expect(findings(await read(files), await secrets())).toEqual([]);
  });

  it("is in any commit of the state store", async () => {
    const history = await project.stateStore("log", "--all", "--patch", "--format=%H %an %ae %B");
    expect(history).toContain("kind: Deployment");
    expect(findings(new Map([["state store", history]]), await secrets())).toEqual([]);
  });

  it("is in a process's arguments", async () => {
    const texts = new Map<string, string>();
    for (const id of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
      const line = await readFile(`/proc/${id}/cmdline`, "latin1").catch(() => "");
      texts.set(id, line.replaceAll("\0", " "));
    }
    expect([...texts.values()].some((line) => line.includes("kube-apiserver"))).toBe(true);
    expect(findings(texts, await secrets())).toEqual([]);
  });

  it("is in what the commands print", async () => {
    const printed = new Map<string, string>();
    const first = inject("firstStart");
    printed.set("npm start", first.stdout + first.stderr);
    for (const args of [
      ["local", "env"],
      ["local", "status", "--json"],
      ["preview", "local", "--json"],
    ]) {
      const outcome = await project.haulway(...args);
      printed.set(args.join(" "), outcome.stdout + outcome.stderr);
    }
    const outputs = await project.shell(
      "pulumi stack output --json --stack local && pulumi stack output --json --stack local.team.claims",
    );
    printed.set("pulumi stack output", outputs.stdout + outputs.stderr);
    expect(findings(printed, await secrets())).toEqual([]);
  });
});
