import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { LocalWorkspace } from "@pulumi/pulumi/automation/localWorkspace.js";
import { type OutputMap, Stack } from "@pulumi/pulumi/automation/stack.js";
import type { StackAction } from "../plan/plan.ts";
import { noChanges } from "./changes.ts";
import { errorsInOutput, readableErrors } from "./diagnostics.ts";
import { advance, describeProgress, type EngineProgress, engineStart } from "./engine-progress.ts";
import { GroupedPulumiCommand, PulumiError } from "./pulumi-command.ts";
import { describeLock, isAbandoned, isLocked, lockHolders } from "./stack-lock.ts";
import {
  type ExistingStack,
  StackFailure,
  type StackOutcome,
  type StackOutputs,
  type StackRunner,
  type StackRunOptions,
  type StateResource,
} from "./stack-runner.ts";
import { isTracked, settingsFile } from "./stack-settings.ts";
import { stateResources } from "./stack-state.ts";

/** What the runner of real stacks needs. */
export interface PulumiStackRunnerOptions {
  /** Directory of Pulumi.yaml; the program is its `index.ts`, run by Pulumi's language host as for the plain CLI. */
  readonly projectDir: string;
  /** Every variable that the engine, the program and the providers get. */
  readonly variables: NodeJS.ProcessEnv;
  /** Encrypts the secrets of stacks that are created, such as `passphrase` or `awskms:///alias/…`. */
  readonly secretsProvider: string;
  /** Aborting it stops cancelling engines at once. */
  readonly terminate?: AbortSignal | undefined;
}

/**
 * A runner on the Automation API.
 *
 * @throws UserError if there is no usable Pulumi CLI on the PATH of the variables.
 */
export async function createPulumiStackRunner(options: PulumiStackRunnerOptions): Promise<StackRunner> {
  const pulumi = await GroupedPulumiCommand.find(options.variables, options.terminate);
  const workspace = await LocalWorkspace.create({ workDir: options.projectDir, pulumiCommand: pulumi });
  // Every command names its stack; selecting one would change what the plain CLI of the same person works on.
  workspace.selectStack = () => Promise.resolve();
  return new PulumiStackRunner(options, pulumi, workspace);
}

class PulumiStackRunner implements StackRunner {
  readonly #options: PulumiStackRunnerOptions;
  readonly #pulumi: GroupedPulumiCommand;
  readonly #workspace: LocalWorkspace;

  constructor(options: PulumiStackRunnerOptions, pulumi: GroupedPulumiCommand, workspace: LocalWorkspace) {
    this.#options = options;
    this.#pulumi = pulumi;
    this.#workspace = workspace;
  }

  async list(): Promise<readonly ExistingStack[]> {
    const stacks = await this.#told("list the stacks", () => this.#workspace.listStacks());
    return stacks.map(({ name, resourceCount }) => ({
      // Pulumi Cloud may put the organisation and the project in front.
      name: name.split("/").at(-1) ?? name,
      ...(resourceCount !== undefined && { resources: resourceCount }),
    }));
  }

  outputs(stack: string): Promise<StackOutputs> {
    return this.#told(`read the outputs of ${stack}`, () => this.#workspace.stackOutputs(stack));
  }

  async resources(stack: string): Promise<readonly StateResource[]> {
    const { stdout } = await this.#told(`read the state of ${stack}`, () =>
      this.#pulumi.run(["stack", "export", "--stack", stack], this.#options.projectDir, {}),
    );
    return stateResources(stdout);
  }

  async run(name: string, action: StackAction, options: StackRunOptions): Promise<StackOutcome> {
    const hadSettings = existsSync(settingsFile(this.#options.projectDir, name));
    if (!options.exists) await this.#told(`create the stack ${name}`, () => this.#create(name));
    else if (!hadSettings) await this.#restoreSettings(name);
    let begun = false;
    try {
      if (options.previewFirst === true) await this.#previewFirst(name, options);
      begun = action !== "preview";
      return await this.#runEngine(name, action, options);
    } finally {
      if (!options.exists && !begun) await this.#remove(name, hadSettings);
    }
  }

  async #previewFirst(name: string, options: StackRunOptions): Promise<void> {
    const onProgress = (detail: string) =>
      options.onProgress(detail === "" ? "preview" : `preview: ${detail}`);
    await this.#runEngine(name, "preview", { ...options, onProgress }, "up");
    if (options.signal?.aborted === true) throw new StackFailure(interruptedMessage, noChanges);
  }

  async #create(name: string): Promise<void> {
    const { projectDir, secretsProvider } = this.#options;
    await this.#pulumi.run(
      ["stack", "init", name, "--no-select", "--secrets-provider", secretsProvider],
      projectDir,
      {},
    );
  }

  /**
   * A fresh clone has a stack's state but not its settings file. The engine writes a new one, with the passphrase unless the
   * file says otherwise; what the state holds is decrypted with what the state itself says.
   */
  async #restoreSettings(name: string): Promise<void> {
    const { secretsProvider } = this.#options;
    if (secretsProvider !== "passphrase") await this.#workspace.saveStackSettings(name, { secretsProvider });
  }

  async #removeWithSettings(name: string, { onNote }: StackRunOptions): Promise<void> {
    const tracked = await isTracked(this.#options.projectDir, name);
    await this.#remove(name, tracked);
    if (tracked) onNote(`${name} is gone; remove its settings too: git rm Pulumi.${name}.yaml`);
  }

  async #remove(name: string, keepSettings: boolean): Promise<void> {
    const { projectDir } = this.#options;
    await this.#workspace.removeStack(name, { preserveConfig: true });
    if (!keepSettings) await rm(settingsFile(projectDir, name), { force: true });
  }

  /** @param goal what the action is a part of, for the reader of a failure. */
  async #runEngine(
    name: string,
    action: StackAction,
    options: StackRunOptions,
    goal: StackAction = action,
  ): Promise<StackOutcome> {
    let progress = engineStart;
    const stack = await Stack.select(name, this.#workspace);
    const engine = {
      color: "never" as const,
      suppressOutputs: true,
      ...(options.signal !== undefined && { signal: options.signal }),
      onEvent: (event: Parameters<typeof advance>[1]) => {
        const told = progress.information.length;
        progress = advance(progress, event);
        for (const line of progress.information.slice(told)) options.onNote(line);
        options.onProgress(describeProgress(progress));
      },
    };
    const policyPacks = [join(this.#options.projectDir, "policy")];
    const attempt = async (): Promise<OutputMap> => {
      switch (action) {
        case "up":
          return (await stack.up({ ...engine, policyPacks })).outputs;
        case "preview":
          await stack.preview({ ...engine, policyPacks });
          return {};
        case "preview-destroy":
          await stack.previewDestroy(engine);
          return {};
        case "destroy":
          await stack.destroy(engine);
          await this.#removeWithSettings(name, options);
          return {};
      }
    };
    try {
      const outputs = await this.#withAbandonedLockReleased(stack, options, attempt);
      return { changes: progress.changes, outputs };
    } catch (error) {
      const changed = goal === action ? progress : { ...progress, changes: noChanges };
      throw failure(name, { action, goal }, error, changed, options.signal);
    } finally {
      if (progress.interrupted.length > 0) options.onNote(describeInterrupted(name, progress.interrupted));
    }
  }

  async #withAbandonedLockReleased<T>(
    stack: Stack,
    options: StackRunOptions,
    attempt: () => Promise<T>,
  ): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      const holders = error instanceof PulumiError ? lockHolders(error.stderr) : [];
      if (!isAbandoned(holders, hostname(), isProcessAlive)) throw error;
      options.onNote(
        `${stack.name}: released the lock of a run that is gone (pid ${holders.map(({ pid }) => pid).join(", ")})`,
      );
      await stack.cancel();
      return attempt();
    }
  }

  async #told<T>(task: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PulumiError)) throw error;
      const reasons = errorsInOutput(error.stderr);
      throw new StackFailure(`Pulumi could not ${task}: ${reasons.join("\n")}`, engineStart.changes);
    }
  }
}

const interruptedMessage = "interrupted; what was done is kept, run the same command again to go on";

function failure(
  stack: string,
  { action, goal }: { readonly action: StackAction; readonly goal: StackAction },
  error: unknown,
  progress: EngineProgress,
  signal: AbortSignal | undefined,
): unknown {
  if (!(error instanceof PulumiError)) return error;
  if (isLocked(error.stderr))
    return new StackFailure(describeLock(stack, lockHolders(error.stderr)), progress.changes);
  if (signal?.aborted === true) return new StackFailure(interruptedMessage, progress.changes);
  const reported = readableErrors(progress.errors);
  const reasons = reported.length > 0 ? reported : errorsInOutput(error.stderr || error.stdout);
  const harmless = goal === action ? [] : ["Nothing of this stack was changed: its preview found this."];
  return new StackFailure([...reasons, ...harmless, nextStep(stack, goal)].join("\n"), progress.changes);
}

function describeInterrupted(stack: string, operations: readonly string[]): string {
  return (
    `${stack}: an earlier run was killed while ${operations.join(", ")}. Look whether that left something over that nobody ` +
    `owns; pulumi refresh --stack ${stack} clears this note`
  );
}

function nextStep(stack: string, action: StackAction): string {
  const [environment = stack] = stack.split(".");
  const command = action === "preview-destroy" ? "preview" : action;
  return `When that is mended, run again: haulway ${command} ${environment}. All details: pulumi preview --stack ${stack}`;
}

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
