import { spawn } from "node:child_process";

/** A command line to run. */
export interface Script {
  readonly command: string;
  /** Program and arguments that take the command as their last argument. @default ["/bin/sh", "-c"] */
  readonly interpreter?: readonly string[];
  readonly directory?: string;
  /** Variables on top of those of this process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Ends the command and everything it started. */
  readonly signal: AbortSignal;
}

/** What a command printed; one trailing line break is removed. */
export interface ScriptOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a script to its end.
 * @throws Error with the exit code, the command line and what it printed, when it fails or is cancelled.
 */
export function runScript(script: Script): Promise<ScriptOutput> {
  const [program = "/bin/sh", ...options] = script.interpreter ?? ["/bin/sh", "-c"];
  return new Promise((resolve, reject) => {
    // A process group of its own, so that a cancelled command takes its children with it.
    const child = spawn(program, [...options, script.command], {
      ...(script.directory === undefined ? {} : { cwd: script.directory }),
      env: { ...process.env, ...script.environment },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    let stdout = "";
    let stderr = "";
    let both = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      both += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      both += text;
    });
    const cancel = (): void => {
      if (child.pid !== undefined) {
        process.kill(-child.pid, "SIGTERM");
      }
    };
    script.signal.addEventListener("abort", cancel, { once: true });
    // A command that does not read its input closes it early; what counts is its exit code.
    child.stdin.on("error", () => undefined);
    child.stdin.end(script.stdin ?? "");
    child.once("error", (error) =>
      reject(new Error(`${error.message}: running ${JSON.stringify(script.command)}`)),
    );
    child.once("close", (code, signal) => {
      script.signal.removeEventListener("abort", cancel);
      if (code === 0) {
        resolve({ stdout: withoutLineBreak(stdout), stderr: withoutLineBreak(stderr) });
      } else {
        const how = code === null ? `signal ${signal}` : `exit status ${code}`;
        reject(new Error(`${how}: running ${JSON.stringify(script.command)}:\n${both}`));
      }
    });
  });
}

function withoutLineBreak(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
