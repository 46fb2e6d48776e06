import { createHash } from "node:crypto";
import { chmod, copyFile, link, mkdir, readlink, rename, rm, stat, symlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { absent, errorCode } from "./absent.ts";
import { entryDir } from "./entry.ts";
import { judge, type Manifest, type StoredFile } from "./manifest.ts";
import type { Recipe } from "./recipe.ts";

/** Where in a toolset something is: commands for PATH, Pulumi plugins, and data. */
export type Shelf = "bin" | "plugins" | "data";

/** One file of a toolset: from the cache, or from the system. */
export interface ToolsetItem {
  readonly name: string;
  readonly shelf: Shelf;
  readonly source: { readonly path: string; readonly stored?: StoredFile };
}

/** Everything that one run of the local environment uses, in one place. */
export interface ToolsetPlan {
  /** Follows from the items: the same tools are the same toolset. */
  readonly id: string;
  readonly items: readonly ToolsetItem[];
}

/** A recipe with where its files come from. */
export type Provided =
  | { readonly recipe: Recipe; readonly manifest: Manifest }
  | { readonly recipe: Recipe; readonly system: ReadonlyMap<string, string> };

/** Lists the files of a toolset. */
export function planToolset(cacheDir: string, provided: readonly Provided[]): ToolsetPlan {
  const items = provided.flatMap((one) => itemsOf(cacheDir, one));
  const identity = items.map(({ name, source }) => [name, source.path, source.stored?.sha256 ?? "system"]);
  const id = createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 16);
  return { id, items };
}

/** Directory of all toolsets. */
export function toolsetsDir(cacheDir: string): string {
  return join(cacheDir, "toolsets");
}

/** Whether a toolset is there and as it should be. */
export async function isComplete(dir: string, plan: ToolsetPlan): Promise<boolean> {
  const checks = await Promise.all(plan.items.map((item) => isInPlace(dir, item)));
  return checks.every(Boolean);
}

/**
 * Makes a toolset. Its files are hard links, because Pulumi looks for its language host beside its own executable, and
 * the system resolves a symbolic link before it tells a program where it is. Hard links also outlive the cache entry:
 * an environment that is running keeps its tools.
 */
export async function makeToolset(dir: string, plan: ToolsetPlan, draft: string): Promise<void> {
  await rm(draft, { recursive: true, force: true });
  for (const shelf of ["bin", "plugins", "data"] satisfies Shelf[]) {
    await mkdir(join(draft, shelf), { recursive: true });
  }
  for (const { name, shelf, source } of plan.items) {
    const target = join(draft, shelf, name);
    await (source.stored ? linkOrCopy(source.path, target, source.stored) : symlink(source.path, target));
  }
  await rm(dir, { recursive: true, force: true });
  await mkdir(join(dir, ".."), { recursive: true });
  await rename(draft, dir);
}

function itemsOf(cacheDir: string, provided: Provided): ToolsetItem[] {
  const { recipe } = provided;
  return recipe.artifacts.map((artifact): ToolsetItem => {
    const { name } = artifact;
    const shelf = shelfOf(artifact);
    if ("system" in provided) return { name, shelf, source: { path: provided.system.get(name) ?? "" } };
    const storedName = artifact.kind === "alias" ? artifact.of : name;
    const stored = provided.manifest.files.find((file) => file.name === storedName);
    const dir = entryDir(cacheDir, recipe.name, provided.manifest.key);
    return { name, shelf, source: { path: join(dir, storedName), ...(stored ? { stored } : {}) } };
  });
}

function shelfOf(artifact: Recipe["artifacts"][number]): Shelf {
  if (artifact.kind === "data") return "data";
  return artifact.kind === "program" && artifact.plugin ? "plugins" : "bin";
}

async function isInPlace(dir: string, { name, shelf, source }: ToolsetItem): Promise<boolean> {
  const path = join(dir, shelf, name);
  if (source.stored === undefined) return (await readlink(path).catch(() => undefined)) === source.path;
  const state = await stat(path).catch(absent);
  return state !== undefined && judge([{ ...source.stored, name }], () => state, [name]).state === "intact";
}

async function linkOrCopy(from: string, to: string, stored: StoredFile): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!["EPERM", "EXDEV", "ENOTSUP", "ENOSYS", "EMLINK"].includes(errorCode(error) ?? "")) throw error;
    await copyFile(from, to);
    await chmod(to, stored.executable ? 0o755 : 0o644);
    await utimes(to, stored.mtimeMs / 1000, stored.mtimeMs / 1000);
  }
}
