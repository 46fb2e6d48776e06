import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureToolchain } from "../../../local/toolchain/toolchain.ts";
import { familyOf } from "./process-family.ts";

/** Root of the repository. */
export const PROJECT = fileURLToPath(new URL("../../../", import.meta.url)).replace(/\/$/, "");

const STACK = "test";

/** What a command of the Pulumi CLI did. */
export interface PulumiRun {
  readonly exitCode: number;
  /** Everything it printed, on both streams. */
  readonly output: string;
  /** The engine's events as text, one JSON document per line; empty for commands that have none. */
  readonly events: string;
  /** How many resources of the program each operation met, the stack itself left out. */
  readonly changes: Readonly<Record<string, number>>;
}

/** One resource in the state. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/**
 * A Pulumi project of its own on the real engine, with a file backend, for one test. It lies in the repository, so that
 * the program and its dynamic providers find their packages as they do in the project, and is removed by `close`.
 */
export class TestProject {
  private constructor(
    readonly directory: string,
    private readonly variables: NodeJS.ProcessEnv,
  ) {}

  /** @param variables environment of the program and its providers, in addition to Pulumi's own settings */
  static async create(variables: NodeJS.ProcessEnv): Promise<TestProject> {
    const toolchain = await ensureToolchain();
    const parent = join(PROJECT, "test", "engine", ".local");
    await mkdir(parent, { recursive: true });
    const directory = await mkdtemp(join(parent, "project-"));
    await mkdir(join(directory, "backend"));
    const passphrase = join(directory, "passphrase");
    await writeFile(passphrase, randomBytes(16).toString("hex"), { mode: 0o600 });
    await writeFile(join(directory, "package.json"), JSON.stringify({ type: "module" }));
    await writeFile(
      join(directory, "Pulumi.yaml"),
      "name: haulway-test\nmain: index.ts\nruntime: { name: nodejs, options: { typescript: false, nodeargs: --import=tsx } }\n",
    );
    const project = new TestProject(directory, {
      ...process.env,
      PATH: `${toolchain.binDir}:${process.env["PATH"]}`,
      PULUMI_HOME: join(directory, "home"),
      PULUMI_BACKEND_URL: `file://${join(directory, "backend")}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
      // Makes the CLI accept --event-log, as the Automation API does.
      PULUMI_DEBUG_COMMANDS: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      ...variables,
    });
    await project.write("");
    const { exitCode, output } = await project.pulumi("stack", "init", STACK);
    if (exitCode !== 0) throw new Error(output);
    return project;
  }

  /** Replaces the program. It imports the repository's files by paths that {@link from} gives. */
  write(program: string): Promise<void> {
    return writeFile(join(this.directory, "index.ts"), program);
  }

  /** A file of the repository, as the program imports it. */
  from(path: string): string {
    return `./${relative(this.directory, join(PROJECT, path))}`;
  }

  /**
   * Puts another version of `@haulway/providers` in the place of the real one.
   * @param source makes its code from the real one's path, given as a literal for `require`
   */
  async useProviders(source: (real: string) => string): Promise<void> {
    const directory = join(this.directory, "node_modules", "@haulway", "providers");
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, "package.json"), JSON.stringify({ main: "index.js" }));
    const real = JSON.stringify(join(PROJECT, "providers", "dist", "index.js"));
    await writeFile(join(directory, "index.js"), source(real));
  }

  /** Runs `pulumi up`, `preview`, `refresh` or `destroy` without questions. */
  async run(command: "up" | "preview" | "refresh" | "destroy", ...options: string[]): Promise<PulumiRun> {
    const log = this.eventLog();
    const run = await this.pulumi(...this.arguments(command, log), ...options);
    const events = withoutDebugging(await readFile(log, "utf8").catch(() => ""));
    return { ...run, events, changes: changesOf(events) };
  }

  /** Starts `pulumi up` and does not wait for it. */
  start(): ChildProcess {
    return spawn("pulumi", this.arguments("up", this.eventLog()), {
      cwd: this.directory,
      env: this.variables,
      stdio: "ignore",
    });
  }

  /** Kills a started command with everything that it started, so that none of them can do anything more. */
  async kill(command: ChildProcess): Promise<void> {
    if (command.pid === undefined) throw new Error("the command did not start");
    const exit = once(command, "exit");
    for (const pid of await familyOf(command.pid)) process.kill(pid, "SIGKILL");
    await exit;
    await this.pulumi("cancel", "--yes", "--stack", STACK);
  }

  /** Runs any command of the CLI. */
  async pulumi(...args: string[]): Promise<{ exitCode: number; output: string }> {
    const child = spawn("pulumi", [...args, "--non-interactive"], {
      cwd: this.directory,
      env: this.variables,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const [exitCode] = (await once(child, "close")) as [number];
    return { exitCode, output };
  }

  /** The checkpoint exactly as it lies on disk. */
  stateText(): Promise<string> {
    return readFile(
      join(this.directory, "backend", ".pulumi", "stacks", "haulway-test", `${STACK}.json`),
      "utf8",
    );
  }

  /** The resources of one kind in the state, for example `NatsUser`. Secrets are encrypted. */
  async resources(kind: string): Promise<StateResource[]> {
    const state = JSON.parse(await this.stateText()) as {
      checkpoint: { latest: { resources?: StateResource[] } };
    };
    return (state.checkpoint.latest.resources ?? []).filter(({ type }) => type.endsWith(`:${kind}`));
  }

  close(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }

  private arguments(command: string, log: string): string[] {
    const confirmation = command === "preview" ? [] : ["--yes", "--skip-preview"];
    return [
      command,
      "--stack",
      STACK,
      "--non-interactive",
      "--color=never",
      "--event-log",
      log,
      ...confirmation,
    ];
  }

  private eventLog(): string {
    return join(this.directory, `events-${randomBytes(4).toString("hex")}.json`);
  }
}

/**
 * The events that Pulumi shows or keeps. The SDK's debugging messages are none of them: they hold every answer of the
 * engine, secrets included, and are dropped unless someone asks for `--debug`.
 */
function withoutDebugging(log: string): string {
  return log
    .split("\n")
    .filter((line) => line !== "" && severityOf(line) !== "debug")
    .join("\n");
}

function severityOf(event: string): string | undefined {
  return (JSON.parse(event) as { diagnosticEvent?: { severity: string } }).diagnosticEvent?.severity;
}

function changesOf(events: string): Record<string, number> {
  const changes: Record<string, number> = {};
  for (const line of events.split("\n").filter((text) => text !== "")) {
    const { resourcePreEvent } = JSON.parse(line) as {
      resourcePreEvent?: { metadata: { op: string; type: string } };
    };
    if (resourcePreEvent === undefined || resourcePreEvent.metadata.type.startsWith("pulumi:")) continue;
    const { op } = resourcePreEvent.metadata;
    changes[op] = (changes[op] ?? 0) + 1;
  }
  return changes;
}
