import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { Project } from "./support/sandbox.ts";

const project = new Project(inject("sandbox"));
const local = join(project.directory, ".local");

/** Everything the stand-ins of AWS and Synadia hold, as text. */
async function vendors(): Promise<string> {
  const texts: string[] = [];
  for (const folder of ["aws", "synadia"]) {
    for (const entry of await readdir(join(local, folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) texts.push(await readFile(join(entry.parentPath, entry.name), "utf8"));
    }
  }
  return texts.join("\n");
}

describe("a team whose file is gone", () => {
  it("is named, and kept while nobody confirms", async () => {
    expect(await vendors()).toContain("local.quoting.");
    await rm(join(project.directory, "teams/quoting.yaml"));
    const outcome = await project.haulway("up", "local");
    expect(outcome.code).toBe(2);
    expect(outcome.stdout + outcome.stderr).toContain("local.team.quoting");
    expect(outcome.stdout + outcome.stderr).toContain("--yes");
    expect((await project.status()).stacks.map(({ name }) => name)).toContain("local.team.quoting");
  });

  it("is gone after the confirmation: stack, repository, role, user, Applications, namespaces, files", async () => {
    const outcome = await project.haulway("up", "local", "--yes");
    expect(outcome.code, outcome.stdout + outcome.stderr).toBe(0);

    const status = await project.status();
    expect(status.stacks.map(({ name }) => name)).not.toContain("local.team.quoting");
    expect(status.applications.filter(({ name }) => name.startsWith("quoting"))).toEqual([]);
    expect(await vendors()).not.toMatch(/local\.quoting\.|local\/quoting\/|local-quoting-/);
    for (const cluster of ["workload-a", "workload-b"]) {
      expect(await project.kubectl(cluster, "get", "namespaces", "-o", "name")).not.toContain("quoting");
    }
    expect(
      await project.kubectl("platform", "get", "appprojects", "-n", "argocd", "-o", "name"),
    ).not.toContain("quoting");
    expect(await project.stateStore("ls-tree", "-r", "--name-only", "main")).not.toContain("quoting");
    expect((await readdir(project.directory)).filter((name) => name.includes("quoting"))).toEqual([]);
  });

  it("leaves the other team as it was", async () => {
    const again = await project.haulway("up", "local", "--json");
    expect(again.code, again.stderr).toBe(0);
    const { stacks } = JSON.parse(again.stdout) as {
      stacks: { name: string; changes: Record<string, number> }[];
    };
    expect(stacks.map(({ name }) => name)).toEqual([
      "local",
      "local.cluster.workload-a",
      "local.cluster.workload-b",
      "local.team.claims",
    ]);
    for (const { name, changes } of stacks) {
      expect({ ...changes, same: 0 }, name).toEqual({ create: 0, update: 0, delete: 0, replace: 0, same: 0 });
    }
  });
});
