import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { familyOf } from "../process-family.ts";

/** How a run of the engine ended. */
export interface FinishedRun {
  /** `null` when it was killed. */
  readonly exitCode: number | null;
  /** Everything it printed, on both streams. */
  readonly output: string;
}

/** What to run, where, and with which variables. */
export interface EngineCommand {
  readonly args: readonly string[];
  readonly directory: string;
  readonly variables: NodeJS.ProcessEnv;
}

/** A command of the Pulumi CLI that runs, and that can be killed with everything it started. */
export class EngineRun {
  readonly #child: ChildProcess;
  readonly finished: Promise<FinishedRun>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    this.finished = once(child, "close").then(([exitCode]) => ({
      exitCode: exitCode as number | null,
      output,
    }));
  }

  static start({ args, directory, variables }: EngineCommand): EngineRun {
    return new EngineRun(
      spawn("pulumi", [...args, "--non-interactive", "--color=never"], {
        cwd: directory,
        env: variables,
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
  }

  static async toEnd(command: EngineCommand): Promise<FinishedRun> {
    return EngineRun.start(command).finished;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** SIGKILL for the engine, its language host, the program and all providers. */
  async kill(): Promise<void> {
    const { pid } = this.#child;
    if (pid === undefined || this.hasEnded) return;
    // Stands still first, so that it neither goes on nor starts anything while its family is looked up.
    process.kill(pid, "SIGSTOP");
    for (const member of await familyOf(pid)) killIfThere(member);
    await this.finished;
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** What the engine said of a resource: that it is about to do something with it, or that it has done so. */
export interface ResourceEvent {
  readonly moment: "before" | "after";
  readonly operation: string;
  /** Last part of the resource's type, for example `NatsUser`. */
  readonly type: string;
}

interface LoggedEvent {
  readonly resourcePreEvent?: { readonly metadata: { readonly op: string; readonly type: string } };
  readonly resOutputsEvent?: { readonly metadata: { readonly op: string; readonly type: string } };
  readonly diagnosticEvent?: { readonly severity: string };
}

/** The events of resources in a log, in their order; the stack and the providers' own entries are left out. */
export function resourceEvents(log: string): ResourceEvent[] {
  return linesOf(log).flatMap((line) => {
    // Most lines are debugging messages, and long.
    if (!/"(?:resourcePreEvent|resOutputsEvent)"/.test(line)) return [];
    const { resourcePreEvent, resOutputsEvent } = JSON.parse(line) as LoggedEvent;
    const metadata = (resourcePreEvent ?? resOutputsEvent)?.metadata;
    if (metadata === undefined || metadata.type.startsWith("pulumi:") || metadata.op === "same") return [];
    return [
      {
        moment: resourcePreEvent === undefined ? ("after" as const) : ("before" as const),
        operation: metadata.op,
        type: metadata.type.split(":").at(-1) ?? metadata.type,
      },
    ];
  });
}

/** Follows a log that is being written. */
export class EventTail {
  #position = 0;
  #rest = "";
  #seen = 0;

  constructor(private readonly file: string) {}

  /** How many events of resources there have been until now. */
  async count(): Promise<number> {
    const handle = await open(this.file).catch(() => undefined);
    if (handle === undefined) return 0;
    try {
      const { size } = await handle.stat();
      const buffer = Buffer.alloc(size - this.#position);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, this.#position);
      this.#position += bytesRead;
      const text = this.#rest + buffer.toString("latin1", 0, bytesRead);
      this.#rest = text.slice(text.lastIndexOf("\n") + 1);
      this.#seen += resourceEvents(text).length;
      return this.#seen;
    } finally {
      await handle.close();
    }
  }
}

/** The log without debugging messages, which hold every answer of the engine and are shown to nobody who does not ask. */
export async function readEventLog(file: string): Promise<string> {
  const log = await readFile(file, "utf8").catch(() => "");
  return linesOf(log)
    .filter((line) => (JSON.parse(line) as LoggedEvent).diagnosticEvent?.severity !== "debug")
    .join("\n");
}

/** Whole lines only: whoever was killed may have left a part of one. */
function linesOf(log: string): string[] {
  return log
    .slice(0, log.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "");
}
