import { constants } from "node:fs";
import { access, realpath } from "node:fs/promises";
import { delimiter, dirname, join, relative } from "node:path";
import { ask } from "./command.ts";
import type { ToolchainProgress } from "./events.ts";
import type { Recipe } from "./recipe.ts";

/** How to find out whether a binary on PATH will do. */
export type SystemRule =
  | {
      /** Arguments that make it print its version. */
      readonly args: readonly string[];
      /** Where in what it prints the version is: the first group, without a `v`. */
      readonly pattern: RegExp;
    }
  | {
      /** It has no version of its own: it comes with this tool, in the same directory. */
      readonly comesWith: string;
      /** @default its own name */
      readonly as?: string;
    };

/** The tools that a system may provide. The others have no version command, or only we make them. */
export const SYSTEM_RULES: Readonly<Record<string, SystemRule>> = {
  pulumi: { args: ["version"], pattern: /^v?(\S+)$/m },
  "pulumi-language-nodejs": { comesWith: "pulumi" },
  // A release needs no starter in front of its language host.
  "pulumi-language-nodejs-host": { comesWith: "pulumi", as: "pulumi-language-nodejs" },
  "pulumi-resource-pulumi-nodejs": { comesWith: "pulumi" },
  "pulumi-analyzer-policy": { comesWith: "pulumi" },
  "kube-apiserver": { args: ["--version"], pattern: /^Kubernetes v(\S+)/m },
  "kube-controller-manager": { args: ["--version"], pattern: /^Kubernetes v(\S+)/m },
  "kube-scheduler": { args: ["--version"], pattern: /^Kubernetes v(\S+)/m },
  kubectl: { args: ["version", "--client"], pattern: /^Client Version: v(\S+)/m },
  etcd: { args: ["--version"], pattern: /^etcd Version: (\S+)/m },
  "nats-server": { args: ["--version"], pattern: /^nats-server: v(\S+)/m },
  kwok: { args: ["--version"], pattern: /^kwok version v?([\d.]+)/m },
};

/** Why a binary that printed this is not used; `undefined` when its version is the expected one. */
export function refusal(output: string, pattern: RegExp, expected: string): string | undefined {
  const found = pattern.exec(output)?.[1];
  if (found === undefined) return `it does not say which version it is; expected ${expected}`;
  return found === expected ? undefined : `its version is ${found}; expected ${expected}`;
}

/**
 * The tools that the system provides, for every recipe that it can stand in for as a whole: half of a recipe on PATH
 * would not spare its build.
 */
export async function findSystemTools(
  recipes: readonly Recipe[],
  rules: Readonly<Record<string, SystemRule>>,
  options: {
    readonly env: NodeJS.ProcessEnv;
    readonly cacheDir: string;
    readonly progress: ToolchainProgress;
  },
): Promise<Map<string, ReadonlyMap<string, string>>> {
  const accepted = new Map<string, string>();
  const unpatched = recipes.filter((recipe) => recipe.patches === undefined);
  const candidates = unpatched.flatMap((recipe) => programsToFind(recipe).map((tool) => ({ tool, recipe })));
  const independent = candidates.filter(({ tool }) => "args" in (rules[tool] ?? {}));
  await Promise.all(
    independent.map(async ({ tool, recipe }) => {
      const rule = rules[tool];
      const path = await findOnPath(tool, options.env, options.cacheDir);
      if (path === undefined || rule === undefined || !("args" in rule)) return;
      const answer = await ask(path, rule.args, { ...options.env, PULUMI_SKIP_UPDATE_CHECK: "true" });
      const refused = refusal(answer?.output ?? "", rule.pattern, recipe.version);
      options.progress({ kind: "system-tool", tool, path, ...(refused ? { refused } : {}) });
      if (refused === undefined) accepted.set(tool, path);
    }),
  );
  for (const { tool } of candidates) {
    const rule = rules[tool];
    if (rule === undefined || !("comesWith" in rule)) continue;
    const companion = accepted.get(rule.comesWith);
    if (companion === undefined) continue;
    const path = join(dirname(await realpath(companion)), rule.as ?? tool);
    if (await isExecutable(path)) accepted.set(tool, path);
  }
  return new Map(recipes.flatMap((recipe) => wholeRecipe(recipe, accepted)));
}

function programsToFind(recipe: Recipe): string[] {
  return recipe.artifacts.flatMap(({ kind, name }) =>
    kind === "program" || kind === "script" ? [name] : [],
  );
}

function wholeRecipe(
  recipe: Recipe,
  accepted: ReadonlyMap<string, string>,
): [string, ReadonlyMap<string, string>][] {
  const tools = new Map<string, string>();
  for (const artifact of recipe.artifacts) {
    const path = accepted.get(artifact.kind === "alias" ? artifact.of : artifact.name);
    if (path !== undefined) tools.set(artifact.name, path);
  }
  const whole = tools.size > 0 && tools.size === recipe.artifacts.length;
  return whole ? [[recipe.name, tools]] : [];
}

async function findOnPath(
  tool: string,
  env: NodeJS.ProcessEnv,
  cacheDir: string,
): Promise<string | undefined> {
  for (const dir of (env["PATH"] ?? "").split(delimiter)) {
    const path = join(dir, tool);
    // A shell that is set up for the local environment has our own tools on PATH; those are no system's.
    const ours = dir !== "" && !relative(cacheDir, dir).startsWith("..");
    if (dir !== "" && !ours && (await isExecutable(path))) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
