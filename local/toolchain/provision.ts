import { mkdir, rm } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { errorCode } from "./absent.ts";
import { diskFull } from "./build-failure.ts";
import { buildRecipe, workDir } from "./build-recipe.ts";
import { cacheKey, type Sources } from "./cache-key.ts";
import { buildsAtOnce, inParallel } from "./concurrency.ts";
import { type EntryState, entriesDir, inspectEntry, prune, touchEntry } from "./entry.ts";
import type { ToolchainProgress } from "./events.ts";
import { type Go, usableGo } from "./go.ts";
import { takeLock } from "./lock.ts";
import type { Manifest } from "./manifest.ts";
import type { Recipe } from "./recipe.ts";
import { minimumGo, readSources } from "./sources.ts";
import { findSystemTools, type SystemRule } from "./system-tools.ts";
import { ToolchainError } from "./toolchain-error.ts";
import {
  isComplete,
  makeToolset,
  type Provided,
  planToolset,
  type ToolsetPlan,
  toolsetsDir,
} from "./toolset.ts";

/** The set before this one, and the other selection of the same recipes: with the tools of tests, or without. */
const KEPT_TOOLSETS = 2;

/** What to make ready, and where. */
export interface Order {
  readonly recipes: readonly Recipe[];
  /** Directory that holds the recipes' directories. */
  readonly sourceRoot: string;
  readonly systemRules: Readonly<Record<string, SystemRule>>;
  readonly cacheDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: ToolchainProgress;
  readonly signal: AbortSignal;
}

/** A toolset in its place. */
export interface ProvidedToolset {
  readonly dir: string;
  readonly plan: ToolsetPlan;
}

interface Job {
  readonly recipe: Recipe;
  readonly sources: Sources;
  readonly key: string;
}

/** Makes a toolset ready: from the cache where that is whole, by building where it is not. */
export async function provision(order: Order): Promise<ProvidedToolset> {
  try {
    return await provide(order);
  } catch (error) {
    throw forTheUser(error, order);
  }
}

async function provide(order: Order): Promise<ProvidedToolset> {
  const startedAt = Date.now();
  const { recipes, cacheDir, env, progress } = order;
  progress({ kind: "checking", modules: recipes.length });
  const sources = await Promise.all(recipes.map((recipe) => readSources(order.sourceRoot, recipe)));
  const go = await usableGo(env, minimumGo(sources));
  const system =
    env["HAULWAY_SYSTEM_TOOLS"] === "1"
      ? await findSystemTools(recipes, order.systemRules, { env, cacheDir, progress })
      : new Map<string, ReadonlyMap<string, string>>();
  const jobs = recipes.flatMap((recipe, index): Job[] => {
    const found = sources[index] ?? new Map();
    return system.has(recipe.name) ? [] : [{ recipe, sources: found, key: cacheKey(recipe, found, go) }];
  });
  const fromSystem = recipes.flatMap((recipe): Provided[] => {
    const tools = system.get(recipe.name);
    return tools === undefined ? [] : [{ recipe, system: tools }];
  });
  const ready = (toolset: ProvidedToolset, built: number): ProvidedToolset => {
    progress({ kind: "ready", built, seconds: (Date.now() - startedAt) / 1000 });
    return toolset;
  };

  const warm = await fromCache(order, jobs, fromSystem);
  if (warm !== undefined) return ready(warm, 0);
  await mkdir(join(cacheDir, "locks"), { recursive: true });
  const lock = await takeLock(join(cacheDir, "locks", "build"), {
    signal: order.signal,
    onWait: (pid) => progress({ kind: "waiting", pid, startedAt: Date.now() }),
  });
  try {
    const built = await buildMissing(order, jobs, go);
    const toolset = await assemble(order, jobs, fromSystem);
    await tidy(order, jobs, toolset);
    return ready(toolset, built);
  } finally {
    await lock.release();
  }
}

/** The toolset if nothing at all is left to do. */
async function fromCache(
  order: Order,
  jobs: readonly Job[],
  fromSystem: readonly Provided[],
): Promise<ProvidedToolset | undefined> {
  const states = await inspectAll(order, jobs);
  const manifests = states.flatMap((state) => (state.state === "intact" ? [state.manifest] : []));
  if (manifests.length < jobs.length) return undefined;
  const toolset = placed(order.cacheDir, jobs, manifests, fromSystem);
  if (!(await isComplete(toolset.dir, toolset.plan))) return undefined;
  await Promise.all(jobs.map(({ recipe, key }) => touchEntry(order.cacheDir, recipe.name, key)));
  return toolset;
}

/** Builds what the cache does not have whole, and says how many modules that were. */
async function buildMissing(order: Order, jobs: readonly Job[], go: Go): Promise<number> {
  const { cacheDir, env, progress } = order;
  // Whoever left something here is gone: the lock is ours.
  await rm(workDir(cacheDir), { recursive: true, force: true });
  const states = await inspectAll(order, jobs);
  for (const [index, state] of states.entries()) {
    const module = jobs[index]?.recipe.name;
    if (state.state === "broken" && module) progress({ kind: "broken", module, reason: state.reason });
  }
  const missing = jobs.filter((_, index) => states[index]?.state !== "intact");
  const failed = new AbortController();
  const signal = AbortSignal.any([order.signal, failed.signal]);
  const width = buildsAtOnce({ cpus: cpus().length, availableBytes: process.availableMemory() });
  let done = 0;
  await inParallel(
    missing,
    width,
    async ({ recipe, sources, key }, index) => {
      const startedAt = Date.now();
      const { name: module, version } = recipe;
      const tools = recipe.artifacts.map((artifact) => artifact.name);
      progress({ kind: "building", module, version, tools, index: index + 1, of: missing.length, startedAt });
      await buildRecipe(recipe, sources, key, { cacheDir, env, go, signal });
      done += 1;
      const seconds = (Date.now() - startedAt) / 1000;
      progress({ kind: "built", module, done, of: missing.length, seconds });
    },
    () => failed.abort(),
  );
  return missing.length;
}

async function assemble(
  order: Order,
  jobs: readonly Job[],
  fromSystem: readonly Provided[],
): Promise<ProvidedToolset> {
  const states = await inspectAll(order, jobs);
  const manifests = states.map((state, index) => {
    if (state.state === "intact") return state.manifest;
    const reason = state.state === "broken" ? state.reason : "it is gone";
    throw new ToolchainError(
      "cache-unusable",
      `The cache entry of ${jobs[index]?.recipe.name} in ${order.cacheDir} cannot be used right after it was built: ${reason}.\n` +
        "  try: HAULWAY_CACHE=<directory on another disk> npm start",
    );
  });
  const toolset = placed(order.cacheDir, jobs, manifests, fromSystem);
  if (!(await isComplete(toolset.dir, toolset.plan))) {
    await makeToolset(toolset.dir, toolset.plan, join(workDir(order.cacheDir), `toolset-${process.pid}`));
  }
  return toolset;
}

async function tidy(order: Order, jobs: readonly Job[], toolset: ProvidedToolset): Promise<void> {
  await Promise.all(jobs.map(({ recipe, key }) => prune(entriesDir(order.cacheDir, recipe.name), key)));
  await prune(toolsetsDir(order.cacheDir), toolset.plan.id, KEPT_TOOLSETS);
}

function placed(
  cacheDir: string,
  jobs: readonly Job[],
  manifests: readonly Manifest[],
  fromSystem: readonly Provided[],
): ProvidedToolset {
  const fromEntries = jobs.flatMap(({ recipe }, index): Provided[] => {
    const manifest = manifests[index];
    return manifest === undefined ? [] : [{ recipe, manifest }];
  });
  const plan = planToolset(cacheDir, [...fromEntries, ...fromSystem]);
  return { dir: join(toolsetsDir(cacheDir), plan.id), plan };
}

async function inspectAll(order: Order, jobs: readonly Job[]): Promise<EntryState[]> {
  return Promise.all(jobs.map(({ recipe, key }) => inspectEntry(order.cacheDir, recipe, key)));
}

function forTheUser(error: unknown, order: Order): unknown {
  if (order.signal.aborted) {
    return new ToolchainError(
      "interrupted",
      "Interrupted while the local tools were being made ready; finished modules are kept for the next run.",
    );
  }
  const code = errorCode(error);
  if (code === "ENOSPC" || code === "EDQUOT") return diskFull(order.cacheDir);
  if (code !== undefined && ["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST"].includes(code)) {
    return new ToolchainError(
      "cache-unusable",
      `The cache directory ${order.cacheDir} cannot be written (${code}); it has to be a directory of yours.\n` +
        "  try: HAULWAY_CACHE=<a directory that you can write> npm start",
      { cause: error },
    );
  }
  return error;
}
