import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { absent } from "./absent.ts";
import { type FileState, judge, type Manifest, parseManifest, type StoredFile } from "./manifest.ts";
import { type Recipe, storedNames } from "./recipe.ts";

const MANIFEST = "manifest.json";

/** How many entries of other keys a recipe keeps, so that two checkouts in turn do not build each time. */
const KEPT_PREVIOUS = 1;

/** What became of a cache entry. */
export type EntryState =
  | { readonly state: "intact"; readonly manifest: Manifest }
  | { readonly state: "missing" }
  | { readonly state: "broken"; readonly reason: string };

/** Directory of all entries of a recipe. */
export function entriesDir(cacheDir: string, recipe: string): string {
  return join(cacheDir, "entries", recipe);
}

/** Directory of one entry. */
export function entryDir(cacheDir: string, recipe: string, key: string): string {
  return join(entriesDir(cacheDir, recipe), key);
}

/**
 * Whether an entry can be used. Reading a gigabyte at every start would cost seconds, so a file whose size and
 * modification time are the recorded ones is taken as it is; any other time means reading it and comparing its digest.
 * What this leaves open is a file changed in place with its old time put back, which is an attack, not an accident,
 * and whoever can do that can write the manifest too.
 */
export async function inspectEntry(cacheDir: string, recipe: Recipe, key: string): Promise<EntryState> {
  const dir = entryDir(cacheDir, recipe.name, key);
  const text = await readFile(join(dir, MANIFEST), "utf8").catch(absent);
  if (text === undefined) {
    return (await stat(dir).catch(absent)) === undefined
      ? { state: "missing" }
      : { state: "broken", reason: "it has no manifest" };
  }
  const manifest = parseManifest(text, recipe.name, key);
  if (manifest === undefined) return { state: "broken", reason: "its manifest is damaged" };
  const states = await statesOf(dir, manifest.files);
  const verdict = judge(manifest.files, (name) => states.get(name), storedNames(recipe));
  if (verdict.state === "broken") return verdict;
  if (verdict.state === "intact") return { state: "intact", manifest };
  for (const file of verdict.files) {
    if ((await digest(join(dir, file.name))) !== file.sha256) {
      return { state: "broken", reason: `${file.name} has other content than it was stored with` };
    }
  }
  return { state: "intact", manifest: await writeManifest(dir, refreshed(manifest, states)) };
}

/** What the file system says about each of the files; nothing about those that are not there. */
export async function statesOf(dir: string, files: readonly StoredFile[]): Promise<Map<string, FileState>> {
  const found = await Promise.all(
    files.map(async ({ name }) => {
      const state = await stat(join(dir, name)).catch(absent);
      return state?.isFile() ? ([[name, state]] as const) : [];
    }),
  );
  return new Map(found.flat());
}

/** Completes a finished directory with its manifest and puts it in its place, where it appears whole or not at all. */
export async function publishEntry(
  cacheDir: string,
  recipe: Recipe,
  key: string,
  finished: string,
): Promise<Manifest> {
  const now = Math.floor(Date.now() / 1000);
  const executable = new Set(recipe.artifacts.flatMap(({ kind, name }) => (kind === "data" ? [] : [name])));
  const files: StoredFile[] = [];
  for (const name of storedNames(recipe)) {
    const path = join(finished, name);
    // Whole seconds survive every copy and every file system exactly.
    await utimes(path, now, now);
    const { size, mtimeMs } = await stat(path);
    files.push({ name, size, mtimeMs, sha256: await digest(path), executable: executable.has(name) });
  }
  const manifest = await writeManifest(finished, {
    recipe: recipe.name,
    key,
    version: recipe.version,
    files,
  });
  const target = entryDir(cacheDir, recipe.name, key);
  await mkdir(entriesDir(cacheDir, recipe.name), { recursive: true });
  await rm(target, { recursive: true, force: true });
  await rename(finished, target);
  return manifest;
}

/** Marks an entry as used now, which decides what is pruned. */
export async function touchEntry(cacheDir: string, recipe: string, key: string): Promise<void> {
  const now = new Date();
  await utimes(entryDir(cacheDir, recipe, key), now, now);
}

/** Removes a directory's entries that are neither the current one nor among the last used of the others. */
export async function prune(dir: string, current: string, kept = KEPT_PREVIOUS): Promise<void> {
  const others = (await readdir(dir).catch(absent))?.filter((name) => name !== current) ?? [];
  const dated = await Promise.all(
    others.map(async (name) => ({ name, usedMs: (await stat(join(dir, name)).catch(absent))?.mtimeMs ?? 0 })),
  );
  const obsolete = dated.sort((a, b) => b.usedMs - a.usedMs).slice(kept);
  await Promise.all(obsolete.map(({ name }) => rm(join(dir, name), { recursive: true, force: true })));
}

async function digest(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}

function refreshed(manifest: Manifest, states: ReadonlyMap<string, FileState>): Manifest {
  return {
    ...manifest,
    files: manifest.files.map((file) => ({
      ...file,
      mtimeMs: states.get(file.name)?.mtimeMs ?? file.mtimeMs,
    })),
  };
}

async function writeManifest(dir: string, manifest: Manifest): Promise<Manifest> {
  const draft = join(dir, `${MANIFEST}.${process.pid}`);
  await writeFile(draft, `${JSON.stringify(manifest, undefined, 2)}\n`);
  await rename(draft, join(dir, MANIFEST));
  return manifest;
}
