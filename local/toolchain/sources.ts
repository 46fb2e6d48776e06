import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Sources } from "./cache-key.ts";
import type { Recipe } from "./recipe.ts";
import { compareVersions, goDirective } from "./version.ts";

/** Reads what a recipe is built from: its module files and its own Go sources. */
export async function readSources(root: string, recipe: Recipe): Promise<Sources> {
  const dir = join(root, recipe.directory);
  const names = (await readdir(dir)).filter((name) => isSource(name)).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(dir, name))] as const)),
  );
}

/** The newest Go release that any of the modules asks for. */
export function minimumGo(all: Iterable<Sources>): string {
  const wanted = [...all].map((sources) => goDirective(sources.get("go.mod")?.toString() ?? "") ?? "0");
  return wanted.sort(compareVersions).at(-1) ?? "0";
}

function isSource(name: string): boolean {
  return name === "go.mod" || name === "go.sum" || (name.endsWith(".go") && !name.endsWith("_test.go"));
}
