import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { ensureToolchain } from "../../../../local/toolchain/toolchain.ts";
import { PROJECT } from "../engine.ts";
import { Bucket } from "./bucket.ts";
import { EngineRun } from "./engine-run.ts";

/** Name of the project and of the stack; each stack has a backend of its own. */
const PROJECT_NAME = "crash";
const STACK = "test";

/** Key of the checkpoint in a backend. */
export const CHECKPOINT = `.pulumi/stacks/${PROJECT_NAME}/${STACK}.json`;

/** Commands of the engine that the tests use. */
export type EngineCommandName = "up" | "destroy" | "cancel";

const ARGUMENTS: Readonly<Record<EngineCommandName, readonly string[]>> = {
  up: ["--skip-preview"],
  destroy: ["--skip-preview"],
  cancel: [],
};

/**
 * The Pulumi project that all stacks of the crash tests run in. It lies in the repository, so that the providers' package is
 * found as it is in the real project. The program is compiled once, because hundreds of runs load it.
 */
export class CrashProject {
  private constructor(
    readonly directory: string,
    private readonly variables: NodeJS.ProcessEnv,
  ) {}

  static async create(): Promise<CrashProject> {
    const toolchain = await ensureToolchain();
    const parent = join(PROJECT, "test", "engine", ".local");
    await mkdir(parent, { recursive: true });
    const directory = await mkdtemp(join(parent, "crash-"));
    const home = join(directory, "home");
    const plugin = join(home, "plugins", "resource-kubernetes-v4.25.0");
    await mkdir(plugin, { recursive: true });
    await symlink(toolchain.path("pulumi-resource-kubernetes"), join(plugin, "pulumi-resource-kubernetes"));
    const passphrase = join(directory, "passphrase");
    await writeFile(passphrase, randomBytes(16).toString("hex"), { mode: 0o600 });
    await writeFile(
      join(directory, "Pulumi.yaml"),
      `name: ${PROJECT_NAME}\nmain: index.js\nruntime: { name: nodejs, options: { typescript: false, nodeargs: --max-semi-space-size=64 } }\n`,
    );
    await writeProgram(directory);
    return new CrashProject(directory, {
      ...process.env,
      ...Bucket.variables,
      PATH: `${toolchain.binDir}:${process.env["PATH"]}`,
      PULUMI_HOME: home,
      PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
      // Makes the CLI accept --event-log, as the Automation API does.
      PULUMI_DEBUG_COMMANDS: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      // As in the local environment.
      GOGC: "400",
    });
  }

  /** What the backend of a stack holds before its first run. */
  async initialize(): Promise<ReadonlyMap<string, Buffer>> {
    const bucket = await Bucket.start();
    try {
      const { exitCode, output } = await EngineRun.start({
        args: ["stack", "init", STACK, "--no-select"],
        directory: this.directory,
        variables: { ...this.variables, PULUMI_BACKEND_URL: bucket.url },
      }).finished;
      if (exitCode !== 0) throw new Error(output);
      return bucket.objects;
    } finally {
      await bucket.close();
    }
  }

  /**
   * Starts a command.
   *
   * @param variables those of the stack: its backend, what it declares, its secrets
   * @param eventLog path of a file for the engine's events
   */
  start(command: EngineCommandName, variables: NodeJS.ProcessEnv, eventLog: string): EngineRun {
    const log = command === "cancel" ? [] : ["--event-log", eventLog];
    return EngineRun.start({
      args: [command, "--stack", STACK, "--yes", ...ARGUMENTS[command], ...log],
      directory: this.directory,
      variables: { ...this.variables, ...variables },
    });
  }

  close(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }
}

async function writeProgram(directory: string): Promise<void> {
  await build({
    entryPoints: {
      "deferred-modules": join(PROJECT, "stacks", "deferred-modules.ts"),
      program: join(import.meta.dirname, "program.ts"),
    },
    outdir: directory,
    bundle: true,
    packages: "external",
    platform: "node",
    target: "node20",
    format: "esm",
    logLevel: "silent",
  });
  await writeFile(join(directory, "package.json"), JSON.stringify({ type: "module" }));
  // In this order: what is put off has to be so before Pulumi is loaded.
  await writeFile(join(directory, "index.js"), 'import "./deferred-modules.js";\nimport "./program.js";\n');
}
