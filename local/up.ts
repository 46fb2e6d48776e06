import { CommandFailure, exitCodes } from "../cli/exit-code.ts";
import { type Interrupt, listenForInterrupt } from "../cli/interrupt.ts";
import { renderRunSummary } from "../cli/render/run-summary.ts";
import { hasSucceeded, runEnvironment } from "../cli/run/run-environment.ts";
import type { TaskList } from "../cli/terminal/task-list.ts";
import { confirmationPrompt, openTaskList } from "../cli/terminal/terminal.ts";
import { loadProject } from "../model/load.ts";
import { UserError } from "../model/user-error.ts";
import type { LocalCommandOptions } from "./commands.ts";
import { type Layout, layout, localDirectory } from "./layout.ts";
import { withLock } from "./lock.ts";
import { type StartProgress, startProcesses } from "./processes/start-processes.ts";
import { ownerVariable, stopStrays } from "./processes/stop-processes.ts";
import { renderReport, renderWelcome } from "./render-report.ts";
import { prepareServices, type Services, startServices } from "./services.ts";
import { readReport } from "./status.ts";
import {
  ensureToolchain,
  formatToolchainEvent,
  type Toolchain,
  ToolchainError,
} from "./toolchain/toolchain.ts";
import { localEnvironmentName, withSettings } from "./variables.ts";

/** How `local up` is run. */
export interface UpFlags {
  /** Do not ask before the stack of a team or cluster without a file is removed. */
  readonly yes: boolean;
}

/**
 * Brings the local environment up: tools, processes, stacks, Argo CD, Applications; then says what runs where. What runs already and is
 * up to date stays as it is.
 *
 * @throws InvalidInputError if the project's files are wrong, UserError for what a person can mend, CommandFailure if a stack or an
 * Application is not well, which has been said by then.
 */
export async function localUp(options: LocalCommandOptions, flags: UpFlags): Promise<void> {
  const { projectDir, terminal } = options;
  // Before anything takes its time.
  loadProject(projectDir, localEnvironmentName, { variables: process.env, deferVariables: true });
  const paths = layout(localDirectory(projectDir));
  const tasks = openTaskList(terminal, false);
  const interrupt = listenForInterrupt(options.interrupts, (line) => tasks.note(line));
  try {
    await withLock(paths, async () => {
      await stopStrays(paths);
      const toolchain = await makeToolchain(tasks, interrupt.signal);
      const services = await bringUpServices(projectDir, paths, toolchain, tasks, interrupt.signal);
      await deploy(options, flags, services, paths, tasks, interrupt);
    });
    const report = await readReport(projectDir);
    const well = report.problems.length === 0 && report.processes.every((process) => process.running);
    const text = well ? renderWelcome(report.status, process.cwd()) : renderReport(report, process.cwd());
    terminal.stdout.write(`\n${text}\n`);
    if (!well) throw new CommandFailure(exitCodes.failed);
  } catch (error) {
    tasks.stop();
    if (interrupt.signal.aborted && !(error instanceof CommandFailure)) {
      terminal.stderr.write(
        "haulway local up: interrupted. What was started goes on; `npm start` goes on from here.\n",
      );
      throw new CommandFailure(exitCodes.interrupted);
    }
    throw error;
  } finally {
    tasks.stop();
    interrupt.dispose();
  }
}

async function makeToolchain(tasks: TaskList, signal: AbortSignal): Promise<Toolchain> {
  tasks.start("tools", "Tools");
  let last = "";
  try {
    const toolchain = await ensureToolchain({
      signal,
      progress: (event) => {
        last = formatToolchainEvent(event);
        tasks.update("tools", last);
      },
    });
    tasks.succeed("tools", last);
    return toolchain;
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error;
    tasks.fail("tools", error.message.split("\n")[0] ?? "");
    throw new UserError(error.message, { cause: error });
  }
}

async function bringUpServices(
  projectDir: string,
  paths: Layout,
  toolchain: Toolchain,
  tasks: TaskList,
  signal: AbortSignal,
): Promise<Services> {
  tasks.start("services", "Control planes and services");
  try {
    const services = await prepareServices(projectDir, paths, toolchain);
    const { started, total } = await startServices(services, {
      layout: paths,
      signal,
      onProgress: (progress) => tasks.update("services", describe(progress)),
    });
    tasks.succeed(
      "services",
      started === 0 ? `${total} processes run` : `${total} processes run, ${started} of them started now`,
    );
    return services;
  } catch (error) {
    tasks.fail("services", error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
    throw error;
  }
}

async function deploy(
  { projectDir, terminal }: LocalCommandOptions,
  { yes }: UpFlags,
  { settings, argoCd }: Services,
  paths: Layout,
  tasks: TaskList,
  interrupt: Interrupt,
): Promise<void> {
  const result = await runEnvironment({
    operation: "up",
    environment: localEnvironmentName,
    projectDir,
    // The mark by which an engine that outlives this process is found and ended.
    variables: { ...withSettings(settings, process.env), [ownerVariable]: paths.root },
    tasks,
    signal: interrupt.signal,
    terminate: interrupt.terminate,
    confirm: confirmationPrompt({ terminal, tasks, yes, command: "npx haulway local up" }),
    afterStack: async (stack) => {
      if (stack !== localEnvironmentName) return;
      tasks.start("argo-cd", "Argo CD");
      try {
        await argoCd.initialize();
        await startProcesses(argoCd.controllers, {
          layout: paths,
          signal: interrupt.signal,
          onProgress: (progress) => tasks.update("argo-cd", describe(progress)),
        });
        tasks.succeed("argo-cd", `${argoCd.controllers.length + argoCd.backends.length} processes run`);
      } catch (error) {
        tasks.fail("argo-cd", error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
        throw error;
      }
    },
  });
  tasks.stop();
  const interrupted = interrupt.signal.aborted;
  terminal.stdout.write(
    `${renderRunSummary(result, { operation: "up", environment: localEnvironmentName, interrupted })}\n`,
  );
  if (interrupted) throw new CommandFailure(exitCodes.interrupted);
  if (!hasSucceeded(result)) throw new CommandFailure(exitCodes.failed);
}

function describe({ ready, total, waitingFor }: StartProgress): string {
  const named = waitingFor.slice(0, 3).join(", ");
  const more = waitingFor.length > 3 ? ` and ${waitingFor.length - 3} more` : "";
  return `${ready} of ${total} ready${waitingFor.length === 0 ? "" : `, waiting for ${named}${more}`}`;
}
