import { chmod, copyFile, cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { explainFailure } from "./build-failure.ts";
import { BUILD_FLAGS, linkerFlags, type Sources } from "./cache-key.ts";
import { runLogged } from "./command.ts";
import { publishEntry } from "./entry.ts";
import { type Go, goEnvironment } from "./go.ts";
import type { Manifest } from "./manifest.ts";
import { type ModuleFile, modulesOf, type Patch, programsOf, type Recipe } from "./recipe.ts";

/** Where and with what recipes are built. */
export interface Workshop {
  readonly cacheDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly go: Go;
  readonly signal: AbortSignal;
}

/** Builds a recipe from the sources that its key was computed from, and puts the result into the cache. */
export async function buildRecipe(
  recipe: Recipe,
  sources: Sources,
  key: string,
  workshop: Workshop,
): Promise<Manifest> {
  // Inside the cache, so that the last step is a rename within one file system.
  const work = join(workDir(workshop.cacheDir), `${recipe.name}-${process.pid}`);
  const log = join(workshop.cacheDir, "logs", `${recipe.name}.log`);
  await rm(work, { recursive: true, force: true });
  await mkdir(join(work, "src"), { recursive: true });
  await mkdir(join(work, "built"));
  await mkdir(join(work, "out"));
  await mkdir(join(workshop.cacheDir, "logs"), { recursive: true });
  await writeFile(log, "");
  try {
    const bench = new Bench(recipe, work, log, workshop);
    await bench.layOut(sources);
    await bench.compile();
    await bench.copy();
    return await publishEntry(workshop.cacheDir, recipe, key, join(work, "out"));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Directory of everything unfinished; whoever holds the build lock may empty it. */
export function workDir(cacheDir: string): string {
  return join(cacheDir, "unfinished");
}

/**
 * The source with the patch applied.
 *
 * @throws Error if the text is not there exactly once: the module's version changed, and the patch with it
 */
export function applyPatch(source: string, { file, from, to }: Patch): string {
  const places = source.split(from);
  if (places.length !== 2) {
    throw new Error(
      `${file.module} ${file.path}: expected ${JSON.stringify(from)} once, found it ${places.length - 1} times; adapt the patch in local/toolchain/recipes.ts`,
    );
  }
  return places.join(to);
}

class Bench {
  private readonly source: string;
  /** What Go names, apart from what we name: one program may be built under another's name. */
  private readonly built: string;
  private readonly out: string;
  private readonly moduleDirs = new Map<string, string>();

  constructor(
    private readonly recipe: Recipe,
    work: string,
    private readonly log: string,
    private readonly workshop: Workshop,
  ) {
    this.source = join(work, "src");
    this.built = join(work, "built");
    this.out = join(work, "out");
  }

  /**
   * Compiling happens in a copy: what is built is what was hashed even if the checkout changes meanwhile, and the
   * checkout may be read-only.
   */
  async layOut(sources: Sources): Promise<void> {
    for (const [name, content] of sources) await writeFile(join(this.source, name), content);
    for (const module of modulesOf(this.recipe)) {
      const answer = await this.go(["mod", "download", "-json", module]);
      const { Dir } = JSON.parse(answer) as { Dir: string };
      this.moduleDirs.set(module, Dir);
    }
    for (const [name, file] of Object.entries(this.recipe.embeds ?? {})) {
      await copyFile(this.pathOf(file), join(this.source, name));
    }
    await this.patch();
  }

  /** Go refuses an overlay over its module cache, so a patched module is compiled from a copy. */
  private async patch(): Promise<void> {
    const patches = this.recipe.patches ?? [];
    for (const module of new Set(patches.map((patch) => patch.file.module))) {
      const copy = join(this.source, "patched", module);
      await cp(this.moduleDirs.get(module) ?? "", copy, { recursive: true });
      for (const patch of patches.filter((candidate) => candidate.file.module === module)) {
        const path = join(copy, patch.file.path);
        const patched = applyPatch(await readFile(path, "utf8"), patch);
        // The module cache is read-only, and so is the copy.
        await chmod(path, 0o644);
        await writeFile(path, patched);
      }
      await makeWritable(copy);
      await this.go(["mod", "edit", `-replace=${module}=./patched/${module}`]);
    }
  }

  async compile(): Promise<void> {
    const programs = programsOf(this.recipe);
    if (programs.length === 0) return;
    const packages = programs.map((program) => program.package);
    const flags = [...BUILD_FLAGS, "-ldflags", linkerFlags(this.recipe)];
    await this.go(["build", ...flags, "-o", `${this.built}/`, ...packages]);
    for (const { name, builtAs } of programs) await rename(join(this.built, builtAs), join(this.out, name));
  }

  async copy(): Promise<void> {
    for (const artifact of this.recipe.artifacts) {
      const target = join(this.out, artifact.name);
      if (artifact.kind === "script") {
        await writeFile(target, await readFile(this.pathOf(artifact.from)));
        await chmod(target, 0o755);
      }
      if (artifact.kind === "data") {
        const documents = await Promise.all(artifact.from.map((file) => readFile(this.pathOf(file), "utf8")));
        await writeFile(target, documents.join("\n---\n"));
      }
    }
  }

  private pathOf(file: ModuleFile): string {
    return join(this.moduleDirs.get(file.module) ?? "", file.path);
  }

  private async go(args: readonly string[]): Promise<string> {
    const { cacheDir, env, go, signal } = this.workshop;
    const options = { cwd: this.source, env: goEnvironment(env, go), log: this.log, signal };
    const { code, stdout } = await runLogged("go", args, options);
    if (code === 0) return stdout;
    const output = await readFile(this.log, "utf8");
    throw explainFailure({
      module: this.recipe.name,
      version: this.recipe.version,
      output,
      log: this.log,
      cacheDir,
      proxy: go.proxy,
    });
  }
}

/** Directories that cannot be written to cannot be removed either, except by root. */
async function makeWritable(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
}
