import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { modulesOf, programsOf, type Recipe } from "../../../local/toolchain/recipe.ts";
import { RECIPES } from "../../../local/toolchain/recipes.ts";
import { SYSTEM_RULES } from "../../../local/toolchain/system-tools.ts";
import { requiredVersion } from "../../../local/toolchain/version.ts";

const ROOT = join(import.meta.dirname, "../../../local/toolchain");
const recipes: readonly Recipe[] = RECIPES;

function goMod(recipe: Recipe): string {
  return readFileSync(join(ROOT, recipe.directory, "go.mod"), "utf8");
}

test.each(recipes)("$name: go.mod pins the version that the recipe names", (recipe) => {
  const pinned = requiredVersion(goMod(recipe), recipe.module);
  // A version made of a commit, where the release was never tagged as a module, says nothing about the release.
  const untagged = /^\d+\.0\.0-\d{14}-[0-9a-f]{12}$/.test(pinned ?? "");
  expect(untagged ? recipe.version : pinned).toBe(recipe.version);
  expect(pinned).toBeDefined();
});

test.each(recipes)("$name: go.mod requires every module that files are taken from", (recipe) => {
  for (const module of modulesOf(recipe))
    expect(requiredVersion(goMod(recipe), module), module).toBeDefined();
  expect(existsSync(join(ROOT, recipe.directory, "go.sum"))).toBe(true);
});

test.each(recipes)("$name: the packages it compiles belong to modules that go.mod requires", (recipe) => {
  const required = [...goMod(recipe).matchAll(/^(?:require)?\s+(\S+) v/gm)].map(([, path]) => path ?? "");
  for (const { package: path } of programsOf(recipe)) {
    if (path === ".") expect(existsSync(join(ROOT, recipe.directory, "main.go"))).toBe(true);
    else
      expect(
        required.some((module) => path === module || path.startsWith(`${module}/`)),
        path,
      ).toBe(true);
  }
});

test.each(recipes)("$name: no two of its programs are built under one name", (recipe) => {
  const names = programsOf(recipe).map(({ builtAs }) => builtAs);
  expect(new Set(names).size).toBe(names.length);
});

test("no two artifacts share a name, and an alias is one of a program of its recipe", () => {
  const names = recipes.flatMap((recipe) => recipe.artifacts.map(({ name }) => name));
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  for (const recipe of recipes) {
    for (const artifact of recipe.artifacts) {
      if (artifact.kind !== "alias") continue;
      expect(programsOf(recipe).map(({ name }) => name)).toContain(artifact.of);
    }
  }
});

test("every rule about system tools is about a tool that there is", () => {
  const names = recipes.flatMap((recipe) => recipe.artifacts.map(({ name }) => name));
  for (const tool of Object.keys(SYSTEM_RULES)) expect(names).toContain(tool);
});

test.each([
  ["go.etcd.io/etcd/server/v3", "server"],
  ["github.com/argoproj/argo-cd/v3/cmd", "cmd"],
  ["example.org/v1", "v1"],
  ["example.org/tool/v12", "tool"],
  [".", "own"],
])("%s is built as %s", (path, builtAs) => {
  const recipe: Recipe = {
    name: "x",
    directory: "own",
    version: "1",
    module: "m",
    artifacts: [{ kind: "program", name: "tool", package: path }],
  };
  expect(programsOf(recipe)).toEqual([{ name: "tool", package: path, builtAs }]);
});
