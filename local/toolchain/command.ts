import { execFile, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { promisify } from "node:util";
import { errorCode } from "./absent.ts";

const QUESTION_TIMEOUT_MS = 20_000;

/** How long a child may take to end after it was asked to. */
const GRACE_MS = 3_000;

/** How a child process ended. */
export interface Outcome {
  /** `undefined` when a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
}

/** Runs a short command and gives back what it prints; `undefined` when there is no such executable. */
export async function ask(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly ok: boolean; readonly output: string } | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args, {
      env,
      timeout: QUESTION_TIMEOUT_MS,
    });
    return { ok: true, output: `${stdout}${stderr}` };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    const printed = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
    return { ok: false, output: printed || String(error) };
  }
}

/**
 * Runs a long command with everything it prints in a log file. When the signal fires, the command and everything that it
 * started end before this returns.
 */
export async function runLogged(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
    readonly log: string;
    readonly signal: AbortSignal;
  },
): Promise<Outcome> {
  options.signal.throwIfAborted();
  const log = createWriteStream(options.log, { flags: "a" });
  log.write(`$ ${[command, ...args].join(" ")}\n`);
  // A group of its own: ending `go` alone would leave its compilers and linkers running.
  const child = spawn(command, args, { cwd: options.cwd, env: options.env, detached: true });
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  let kill: NodeJS.Timeout | undefined;
  const end = (): void => {
    signalGroup(child.pid, "SIGTERM");
    kill = setTimeout(() => signalGroup(child.pid, "SIGKILL"), GRACE_MS);
  };
  options.signal.addEventListener("abort", end, { once: true });
  // A group of its own does not end with us either.
  const endNow = (): void => signalGroup(child.pid, "SIGKILL");
  process.once("exit", endNow);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    options.signal.throwIfAborted();
    return { code: code ?? undefined, stdout };
  } finally {
    options.signal.removeEventListener("abort", end);
    process.off("exit", endNow);
    clearTimeout(kill);
    if (options.signal.aborted) endNow();
    log.end();
    await finished(log).catch(() => undefined);
  }
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // The whole group has ended already.
    if (errorCode(error) !== "ESRCH") throw error;
  }
}
