import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { PulumiCommand } from "@pulumi/pulumi/automation/cmd.js";
import { SemVer } from "semver";
import { UserError } from "../../model/user-error.ts";

/** What a `pulumi` command left behind. */
export interface PulumiResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** A `pulumi` command ended with another code than 0. The message names the command only: its output may be long. */
export class PulumiError extends Error {
  override readonly name = "PulumiError";
  readonly stdout: string;
  readonly stderr: string;

  constructor(args: readonly string[], { stdout, stderr, code }: PulumiResult) {
    super(`pulumi ${args[0] ?? ""} ended with code ${code}`);
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/**
 * The Pulumi CLI on the PATH of a set of variables, as the Automation API uses it.
 *
 * Unlike the Automation API's own, it runs each command in a process group of its own: Ctrl-C on a terminal goes to the whole
 * foreground group, and the engine would take that one and the one that the run sends it together as the demand to stop at once,
 * which leaves operations half done.
 */
export class GroupedPulumiCommand {
  readonly command: string;
  readonly version: PulumiCommand["version"];
  readonly #variables: NodeJS.ProcessEnv;
  readonly #terminate: AbortSignal | undefined;

  private constructor(
    command: string,
    version: SemVer,
    variables: NodeJS.ProcessEnv,
    terminate?: AbortSignal,
  ) {
    this.command = command;
    this.version = version;
    this.#variables = variables;
    this.#terminate = terminate;
  }

  /**
   * Finds `pulumi` and asks for its version.
   *
   * @param terminate aborting it makes an engine that is already cancelling stop at once, whatever it has begun.
   * @throws UserError if there is none on the PATH, or it does not say its version.
   */
  static async find(variables: NodeJS.ProcessEnv, terminate?: AbortSignal): Promise<GroupedPulumiCommand> {
    const command = findExecutable("pulumi", variables["PATH"]);
    if (command === undefined) {
      throw new UserError(
        "The Pulumi CLI is not on the PATH. Install it as https://www.pulumi.com/docs/install/ says and try again. " +
          "(The local environment brings its own: npm start.)",
      );
    }
    const { stdout } = await runCommand(command, ["version"], { env: withoutUpdateCheck(variables) });
    const text = stdout.trim();
    try {
      return new GroupedPulumiCommand(command, new SemVer(text), variables, terminate);
    } catch {
      throw new UserError(
        `${command} is not a Pulumi CLI: "pulumi version" printed ${JSON.stringify(text)}, expected a version`,
      );
    }
  }

  /** Runs one command; the signature is the Automation API's. Aborting asks the engine to cancel. */
  async run(
    args: string[],
    cwd: string,
    additionalEnv: Readonly<Record<string, string>>,
    onOutput?: (data: string) => void,
    onError?: (data: string) => void,
    signal?: AbortSignal,
  ): Promise<PulumiResult> {
    const env = { ...withoutUpdateCheck(this.#variables), ...additionalEnv, PULUMI_AUTOMATION_API: "true" };
    const all = args.includes("--non-interactive") ? args : [...args, "--non-interactive"];
    const interrupts = [signal, this.#terminate].filter((one) => one !== undefined);
    const result = await runCommand(this.command, all, { cwd, env, onOutput, onError, interrupts });
    if (result.code !== 0) throw new PulumiError(args, result);
    return result;
  }
}

function withoutUpdateCheck(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...variables, PULUMI_SKIP_UPDATE_CHECK: "true" };
}

function findExecutable(name: string, path = ""): string | undefined {
  return path
    .split(delimiter)
    .filter((directory) => directory !== "")
    .map((directory) => join(directory, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

interface CommandOptions {
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onOutput?: ((data: string) => void) | undefined;
  readonly onError?: ((data: string) => void) | undefined;
  /** Each sends SIGINT when it is aborted. */
  readonly interrupts?: readonly AbortSignal[];
}

/** Code of a command that a signal ended, as a shell would report an interrupted one. */
const interruptedCode = 130;

function runCommand(
  command: string,
  args: readonly string[],
  { cwd, env, onOutput, onError, interrupts = [] }: CommandOptions,
): Promise<PulumiResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (data: string) => {
      output.stdout += data;
      onOutput?.(data);
    });
    child.stderr.setEncoding("utf8").on("data", (data: string) => {
      output.stderr += data;
      onError?.(data);
    });
    const interrupt = () => child.kill("SIGINT");
    for (const signal of interrupts) {
      if (signal.aborted) interrupt();
      signal.addEventListener("abort", interrupt);
    }
    child.on("error", reject);
    child.on("close", (code) => {
      for (const signal of interrupts) signal.removeEventListener("abort", interrupt);
      resolve({ ...output, code: code ?? interruptedCode });
    });
  });
}
