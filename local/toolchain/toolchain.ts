import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory } from "./cache-dir.ts";
import type { ToolchainProgress } from "./events.ts";
import { interruptible } from "./interruption.ts";
import { provision } from "./provision.ts";
import type { Recipe } from "./recipe.ts";
import { RECIPES, type ToolFile, type ToolName } from "./recipes.ts";
import { SYSTEM_RULES } from "./system-tools.ts";

export { formatToolchainEvent, type ToolchainEvent, type ToolchainProgress } from "./events.ts";
export type { ToolFile, ToolName } from "./recipes.ts";
export { ToolchainError, type ToolchainProblem } from "./toolchain-error.ts";

/** The executables and data files of the local environment, all at their pinned versions. */
export interface Toolchain {
  /** Absolute path of one tool's executable. */
  readonly path: (tool: ToolName) => string;
  /**
   * Directory with every command under its own name, to put first in PATH. Pulumi's resource plugins are not in it,
   * because the engine warns about each that it finds on PATH: install those in `PULUMI_HOME` by their `path`.
   */
  readonly binDir: string;
  /** Absolute path of one data file. */
  readonly file: (name: ToolFile) => string;
}

/** What a caller can choose. */
export interface ToolchainOptions {
  /**
   * Whether the tools that only tests run are among them.
   *
   * @default false
   */
  readonly forTests?: boolean;
  /** @default nothing is reported */
  readonly progress?: ToolchainProgress;
  /** @default `HAULWAY_CACHE`, else `haulway` in the user's cache directory */
  readonly cacheDir?: string;
  /** @default `process.env` */
  readonly env?: NodeJS.ProcessEnv;
  /** @default an interrupt from the terminal ends it */
  readonly signal?: AbortSignal;
}

/**
 * Makes the tools ready: checks the cache, and builds what is missing there from Go modules.
 *
 * @throws ToolchainError with a message for the user
 */
export async function ensureToolchain(options: ToolchainOptions = {}): Promise<Toolchain> {
  const env = options.env ?? process.env;
  const all: readonly Recipe[] = RECIPES;
  const { dir, plan } = await interruptible(options.signal, (signal) =>
    provision({
      recipes: options.forTests ? all : all.filter((recipe) => !recipe.onlyForTests),
      sourceRoot: dirname(fileURLToPath(import.meta.url)),
      systemRules: SYSTEM_RULES,
      cacheDir: options.cacheDir ?? cacheDirectory(env, homedir()),
      env,
      progress: options.progress ?? (() => undefined),
      signal,
    }),
  );
  const paths = new Map(plan.items.map(({ name, shelf }) => [name, join(dir, shelf, name)]));
  const pathOf = (name: ToolName | ToolFile): string => {
    const path = paths.get(name);
    if (path === undefined)
      throw new Error(`${name} is a tool of tests only: ask for the toolchain forTests`);
    return path;
  };
  return { path: pathOf, file: pathOf, binDir: join(dir, "bin") };
}
