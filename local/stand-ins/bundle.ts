import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * Digest of everything a bundle is made from: the sources of the local environment, the versions of all packages, and what the
 * bundle is told. Computed in a hundredth of the time that bundling takes.
 *
 * @param projectDir directory of the lockfile
 */
export async function sourcesDigest(projectDir: string, constants: unknown): Promise<string> {
  const root = fileURLToPath(new URL("../", import.meta.url));
  const sources = (await readdir(root, { recursive: true })).filter((name) => name.endsWith(".ts")).sort();
  const hash = createHash("sha256").update(JSON.stringify([process.version, constants]));
  for (const path of [...sources.map((name) => join(root, name)), join(projectDir, "package-lock.json")]) {
    hash.update(path).update(await readFile(path));
  }
  return hash.digest("hex");
}

/**
 * Bundles a stand-in into one CommonJS program without dependencies. Loading the sources through tsx costs more than a second of
 * processor time per process, the bundle a fifth of that; the engine starts a plugin for every provider of every run.
 *
 * @param entry absolute path of the program's main file
 * @param constants global constants of the program, by name
 */
export async function bundle(entry: string, constants: Readonly<Record<string, unknown>>): Promise<string> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: "node",
    target: "node20",
    format: "cjs",
    define: Object.fromEntries(
      Object.entries(constants).map(([name, value]) => [name, JSON.stringify(value)]),
    ),
    logLevel: "silent",
  });
  const [output] = result.outputFiles;
  if (output === undefined) {
    throw new Error(`${entry} gave no program`);
  }
  return output.text;
}
