import { type ExecFileException, execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** How a command ended, and all that it printed. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `haulway local status --json` prints. */
export interface Status {
  readonly environment: string;
  readonly clusters: readonly { name: string; role: string; kubeconfig: string; server: string }[];
  readonly nats: { readonly url: string };
  readonly synadia: { readonly url: string };
  readonly stateStore: { readonly url: string; readonly path: string };
  readonly pulumi: { readonly home: string; readonly backend: string; readonly bin: string };
  readonly stacks: readonly { name: string; resources: number; result: string }[];
  readonly applications: readonly { name: string; sync: string; health: string }[];
}

const project = resolve(import.meta.dirname, "../../..");

/** Runs a command without a terminal and without standard input, and never throws for an exit code. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv; input?: string },
): Promise<Outcome> {
  return new Promise((done, fail) => {
    const child = execFile(
      command,
      args,
      { cwd: options.cwd, env: { ...process.env, CI: "true", ...options.env }, maxBuffer: 256 * 1024 * 1024 },
      (error: ExecFileException | null, stdout, stderr) => {
        if (error && typeof error.code !== "number")
          fail(new Error(`${command}: ${error.message}\n${stderr}`));
        else done({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      },
    );
    // A command that refuses its input file ends before it has read anything: its outcome tells, not the broken pipe.
    child.stdin?.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") fail(error);
    });
    child.stdin?.end(options.input);
  });
}

/**
 * Copies the project as it stands (what git tracks or would track), with its installed dependencies, to a folder of its
 * own, so that a test can edit files and run an environment without meeting the developer's.
 */
export async function createSandbox(): Promise<string> {
  const sandbox = await mkdtemp(join(tmpdir(), "haulway-local-"));
  const listed = await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: project,
  });
  if (listed.code !== 0) throw new Error(`git ls-files: ${listed.stderr}`);
  for (const file of listed.stdout.split("\0").filter(Boolean)) {
    await mkdir(dirname(join(sandbox, file)), { recursive: true });
    // A file deleted from the work tree is still in the index until it is committed.
    await cp(join(project, file), join(sandbox, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }
  for (const folder of ["node_modules", "providers/dist"]) {
    const copied = await run("cp", ["-a", join(project, folder), join(sandbox, folder)], { cwd: sandbox });
    if (copied.code !== 0) throw new Error(`cannot copy ${folder}: ${copied.stderr}`);
  }
  return sandbox;
}

/** Removes a sandbox that {@link createSandbox} made. */
export async function removeSandbox(sandbox: string): Promise<void> {
  await rm(sandbox, { recursive: true, force: true });
}

/** The commands of the README, run in one sandbox. */
export class Project {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** `npm start` and the other scripts of package.json. */
  npm(...args: string[]): Promise<Outcome> {
    return run("npm", args, { cwd: this.directory });
  }

  /** `npx haulway …` */
  haulway(...args: string[]): Promise<Outcome> {
    return run("npx", ["haulway", ...args], { cwd: this.directory });
  }

  /** `haulway local status --json`, parsed. */
  async status(): Promise<Status> {
    const outcome = await this.haulway("local", "status", "--json");
    if (outcome.code !== 0) throw new Error(`haulway local status: ${outcome.stdout}${outcome.stderr}`);
    return JSON.parse(outcome.stdout) as Status;
  }

  /** kubectl against one cluster of the environment, with the kubeconfig that the status names. */
  async kubectl(cluster: string, ...args: string[]): Promise<string> {
    const status = await this.status();
    const target = status.clusters.find((candidate) => candidate.name === cluster);
    if (!target) throw new Error(`no cluster ${cluster} in ${JSON.stringify(status.clusters)}`);
    const outcome = await run(
      join(status.pulumi.bin, "kubectl"),
      ["--kubeconfig", target.kubeconfig, ...args],
      {
        cwd: this.directory,
      },
    );
    if (outcome.code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${outcome.stderr}`);
    return outcome.stdout;
  }

  /** kubectl get -o json, parsed. */
  async get<T>(cluster: string, ...args: string[]): Promise<T> {
    return JSON.parse(await this.kubectl(cluster, "get", ...args, "-o", "json")) as T;
  }

  /** git in the state store, read directly from its bare repository. */
  async stateStore(...args: string[]): Promise<string> {
    const { stateStore } = await this.status();
    const outcome = await run("git", ["--git-dir", stateStore.path, ...args], { cwd: this.directory });
    if (outcome.code !== 0) throw new Error(`git ${args.join(" ")}: ${outcome.stderr}`);
    return outcome.stdout.trim();
  }

  /** The variables that `haulway local env` prints for a shell, as a shell reads them. */
  async shell(command: string): Promise<Outcome> {
    return run("bash", ["-c", `set -eu; eval "$(npx haulway local env)"; ${command}`], {
      cwd: this.directory,
    });
  }
}
