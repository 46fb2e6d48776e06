import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { localVariables } from "../../local/variables.ts";
import {
  createSandbox,
  type Outcome,
  Project,
  removeSandbox,
  run,
  type Status,
} from "../local/support/sandbox.ts";

/** What is known of an environment from one run of the proof to the next. */
interface Remembered {
  readonly sandbox: string;
  /** What the parts have noted, by their names. */
  readonly notes: Readonly<Record<string, unknown>>;
}

const directory = join(import.meta.dirname, ".local");
const memory = join(directory, "environment.json");

/**
 * A local environment of the proof's own, in a copy of the project. It stays when a run is interrupted, and the next run goes
 * on with it.
 */
export class ProofEnvironment {
  private constructor(
    readonly project: Project,
    private readonly notes: Record<string, unknown>,
  ) {}

  /**
   * Starts the environment, or finds the one that an interrupted run has left.
   *
   * @throws Error if `npm start` fails
   */
  static async open(onProgress: (line: string) => void): Promise<ProofEnvironment> {
    await mkdir(directory, { recursive: true });
    const left = await readMemory();
    const sandbox = left?.sandbox ?? (await createSandbox());
    const environment = new ProofEnvironment(new Project(sandbox), { ...left?.notes });
    await environment.#save();
    onProgress(`${left === undefined ? "starting" : "going on with"} a local environment in ${sandbox}`);
    const started = await environment.project.npm("start");
    if (started.code !== 0) throw new Error(`npm start: ${started.stdout}${started.stderr}`);
    return environment;
  }

  /** What a part noted earlier, if it did. */
  note(part: string): unknown {
    return this.notes[part];
  }

  /** Notes something that outlives this process. */
  async keep(part: string, note: unknown): Promise<void> {
    this.notes[part] = note;
    await this.#save();
  }

  /** `haulway local status --json`. */
  status(): Promise<Status> {
    return this.project.status();
  }

  /** Runs a command in the project with the variables of the local environment. */
  async command(command: string, ...args: string[]): Promise<Outcome> {
    const env = await localVariables(this.project.directory);
    return run(command, args, { cwd: this.project.directory, env });
  }

  /** Ends the environment and removes the copy of the project. */
  async close(): Promise<void> {
    await this.project.npm("run", "local:down");
    await removeSandbox(this.project.directory);
    await rm(memory, { force: true });
  }

  async #save(): Promise<void> {
    const remembered: Remembered = { sandbox: this.project.directory, notes: this.notes };
    await writeFile(memory, JSON.stringify(remembered));
  }
}

async function readMemory(): Promise<Remembered | undefined> {
  if (!existsSync(memory)) return undefined;
  const remembered = JSON.parse(await readFile(memory, "utf8")) as Remembered;
  return existsSync(remembered.sandbox) ? remembered : undefined;
}
