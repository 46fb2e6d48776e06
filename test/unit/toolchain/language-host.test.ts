import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { provision } from "../../../local/toolchain/provision.ts";
import { RECIPES } from "../../../local/toolchain/recipes.ts";

let root = "";

/** The starter of the language host, beside a host that says with what it was started. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "haulway-language-host-"));
  const recipe = RECIPES.find(({ name }) => name === "pulumi-nodejs");
  if (recipe === undefined) throw new Error("there is no recipe for the language host");
  const starter = recipe.artifacts.filter(({ name }) => name === "pulumi-language-nodejs");
  const { dir } = await provision({
    recipes: [{ ...recipe, artifacts: starter }],
    sourceRoot: join(import.meta.dirname, "../../../local/toolchain"),
    systemRules: {},
    cacheDir: join(root, "cache"),
    env: process.env,
    progress: () => undefined,
    signal: new AbortController().signal,
  });
  await copyFile(join(dir, "bin", "pulumi-language-nodejs"), join(root, "pulumi-language-nodejs"));
  const host = '#!/bin/sh\nprintf "%s\\n" "$@"\n';
  await writeFile(join(root, "pulumi-language-nodejs-host"), host, { mode: 0o755 });
});

afterAll(() => rm(root, { recursive: true, force: true }));

async function startedIn(project: string | undefined, dir = "."): Promise<string[]> {
  const top = await mkdtemp(join(root, "project-"));
  const cwd = join(top, dir);
  await mkdir(cwd, { recursive: true });
  if (project !== undefined) await writeFile(join(top, "Pulumi.yaml"), project);
  const { stdout } = await promisify(execFile)(join(root, "pulumi-language-nodejs"), ["127.0.0.1:1"], {
    cwd,
  });
  return stdout.trim().split("\n");
}

test.each([
  ["no project", undefined, []],
  ["the short form of the runtime", "name: p\nruntime: nodejs\n", []],
  ["no options", "name: p\nruntime:\n  name: nodejs\n", []],
  [
    "every option, and fields of later releases",
    'name: p\nlater: [x]\nruntime:\n  name: nodejs\n  options: {typescript: false, nodeargs: "--import=tsx", tsconfig: t.json, later: 1}\n',
    ["-typescript=false", "-nodeargs=--import=tsx", "-tsconfig=t.json"],
  ],
])("with %s", async (_, project, flags) => {
  expect(await startedIn(project)).toEqual([...flags, "127.0.0.1:1"]);
});

test("a project file above the working directory counts", async () => {
  const project = "name: p\nruntime: {name: nodejs, options: {typescript: true}}\n";
  expect(await startedIn(project, "a/b")).toEqual(["-typescript=true", "127.0.0.1:1"]);
});

test("a project file that does not parse is named", async () => {
  await expect(startedIn("name: [")).rejects.toThrow(/Pulumi\.yaml: yaml: line 1/);
});
