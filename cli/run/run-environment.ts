import type { Environment } from "../../model/environment.ts";
import { loadProject } from "../../model/load.ts";
import { natsIssuer } from "../../model/nats.ts";
import { placeWorkload } from "../../model/placement.ts";
import type { Team } from "../../model/team.ts";
import { UserError } from "../../model/user-error.ts";
import { type ApplicationStatus, isSettled } from "../applications/application.ts";
import { type Operation, planRun, removals, type Step } from "../plan/plan.ts";
import type { TaskList } from "../terminal/task-list.ts";
import { type Changes, describeChanges, noChanges } from "./changes.ts";
import { confirmationFor } from "./confirmation.ts";
import { issuerProblem } from "./issuer-check.ts";
import type { PulumiStackRunnerOptions } from "./pulumi-stack-runner.ts";
import { settleApplications } from "./settle-applications.ts";
import { StackFailure, type StackOutputs, type StackRunner } from "./stack-runner.ts";
import { runSteps, type StepEnd } from "./step-queue.ts";

/** What is run, and how. */
export interface RunOptions {
  readonly operation: Operation;
  readonly environment: string;
  /** Only this team's stack. Default: all stacks; with `cluster`, both. */
  readonly team?: string | undefined;
  /** Only this cluster's stack. */
  readonly cluster?: string | undefined;
  /** Asked before anything is removed, and before anything is changed; false ends the run with nothing changed. */
  readonly confirm: (question: string) => Promise<boolean>;
  readonly projectDir: string;
  /** The variables that the files, the engine, the program and the providers see. */
  readonly variables: NodeJS.ProcessEnv;
  readonly tasks: TaskList;
  /** Called after each stack that was deployed well, before those that need it. A rejection ends the run. */
  readonly afterStack?: (stack: string) => Promise<void>;
  /** Cancels running stacks, which end the operations they have begun, and skips the others. */
  readonly signal?: AbortSignal | undefined;
  /** Once `signal` is aborted: stop at once, whatever has been begun. */
  readonly terminate?: AbortSignal | undefined;
  /** How many stacks may run at the same time. Default 2. */
  readonly parallel?: number | undefined;
  /** How long to wait, after an `up`, for Argo CD's Applications; 0 does not wait. Default 300. */
  readonly waitSeconds?: number | undefined;
  /** Runs the stacks. Default: the Pulumi engine. */
  readonly createRunner?: (options: PulumiStackRunnerOptions) => Promise<StackRunner>;
}

/** How one stack ended. */
export interface StackResult {
  readonly name: string;
  /** `up`, `preview`, `destroy` or `preview-destroy`. */
  readonly operation: string;
  readonly result: "succeeded" | "failed" | "skipped";
  readonly changes: Changes;
  readonly seconds: number;
  /** Why it failed or was skipped. */
  readonly message?: string;
  /** What a reader should know although it is no failure, each line once: `rotate claims/intake/publisher: …`. */
  readonly notes: readonly string[];
}

/** How a run ended. */
export interface RunResult {
  readonly stacks: readonly StackResult[];
  /** The Applications of the teams that were deployed; empty where none was waited for. */
  readonly applications: readonly ApplicationStatus[];
}

const issuerTask = "nats-issuer";
const defaultParallel = 2;
const defaultWaitSeconds = 300;

/**
 * Whether no stack failed and every Application is Synced and Healthy. A stack that could not be deployed because another one is
 * missing counts as failed; one that only could not be previewed does not: there is nothing to compare with yet.
 */
export function hasSucceeded({ stacks, applications }: RunResult): boolean {
  const none = (result: StackResult["result"]) => stacks.every((stack) => stack.result !== result);
  const previewed = stacks.every((stack) => stack.operation.startsWith("preview"));
  return none("failed") && (previewed || none("skipped")) && applications.every(isSettled);
}

/** Runs stacks by the Pulumi engine. Its SDK takes a while to load, which a run that refuses its input need not wait for. */
export async function openPulumi(options: PulumiStackRunnerOptions): Promise<StackRunner> {
  const { createPulumiStackRunner } = await import("./pulumi-stack-runner.ts");
  return createPulumiStackRunner(options);
}

/**
 * Runs the stacks of an environment in the order they need each other, independent ones side by side, and after an `up` waits
 * until Argo CD has applied what the teams' stacks declared.
 *
 * @throws InvalidInputError if the environment's or the teams' files are wrong. UsageError if a name is unknown, or `confirm`
 *   cannot ask. UserError if the Pulumi CLI is missing, the removal was not confirmed, or NATS users of stacks that this run
 *   would make cannot be issued. StackFailure if the backend cannot be read. A stack that fails is no
 *   exception but part of the result.
 */
export async function runEnvironment(options: RunOptions): Promise<RunResult> {
  const { operation, projectDir, variables, tasks } = options;
  const { environment, teams } = loadProject(projectDir, options.environment, { variables });
  const runner = await (options.createRunner ?? openPulumi)({
    projectDir,
    variables,
    secretsProvider: environment.pulumi.secretsProvider,
    terminate: options.terminate,
  });
  const existing = await runner.list();
  const steps = planRun({
    operation,
    environment: {
      name: environment.name,
      clusters: environment.workloadClusters.map((cluster) => cluster.name),
    },
    teams: teams.map((team) => ({ name: team.name, clusters: clustersOf(team, environment) })),
    existing: existing.map((stack) => stack.name),
    only: { team: options.team, cluster: options.cluster },
  });
  const question = confirmationFor(operation, environment.name, removals(steps), existing);
  if (question !== undefined && !(await options.confirm(question))) {
    throw new UserError("Not confirmed: nothing was changed.");
  }

  const withNatsUsers = new Set(teams.filter(declaresNatsUsers).map((team) => team.name));
  // The providers of NATS users refuse what cannot work, such as a token that has expired, in previews too. Without one, they
  // would do so when other resources of the stack have been changed already.
  const previewFirst = ({ action, reference }: Step) =>
    action === "up" && reference.kind === "team" && withNatsUsers.has(reference.name);
  if (operation === "up" && steps.some((step) => previewFirst(step) && isAfterOthers(step))) {
    await checkIssuer(environment, options);
  }

  const outputs = new Map<string, StackOutputs>();
  const ends = await runSteps(steps, {
    parallel: options.parallel ?? defaultParallel,
    signal: options.signal,
    succeeded: (result: StackResult) => result.result === "succeeded",
    run: (step) => runStep(step, { runner, options, outputs, previewFirst: previewFirst(step) }),
  });
  const stacks = ends.map(resultOf);
  const applications = await settleApplications({
    outputs,
    environment: environment.name,
    runner,
    tasks,
    timeoutSeconds: operation === "up" ? (options.waitSeconds ?? defaultWaitSeconds) : 0,
    signal: options.signal,
  });
  return { stacks, applications };
}

function clustersOf(team: Team, environment: Environment): readonly string[] {
  const workloads = team.systems.flatMap((system) => system.workloads);
  const clusters = workloads.flatMap((workload) => placeWorkload(workload, environment));
  return [...new Set(clusters.map((cluster) => cluster.name))].sort();
}

/** A stack that comes into being in this run, after others: it cannot be previewed before those are changed. */
function isAfterOthers({ exists, needs, blocked }: Step): boolean {
  return !exists && needs.length > 0 && blocked === undefined;
}

/** @throws UserError if the NATS users of an environment cannot be issued. */
async function checkIssuer({ nats }: Environment, { variables, tasks, signal }: RunOptions): Promise<void> {
  const issuer = natsIssuer(nats);
  tasks.start(issuerTask, "NATS users");
  const problem = await issuerProblem(issuer, variables, signal);
  if (problem === undefined) tasks.succeed(issuerTask, `can be issued by nats.${issuer.kind}`);
  else {
    tasks.fail(issuerTask, "cannot be issued");
    throw new UserError(`${problem}\nNothing was changed.`);
  }
}

function declaresNatsUsers({ systems }: Team): boolean {
  return systems.some(({ workloads }) => workloads.some(({ nats }) => nats.users.length > 0));
}

interface StepContext {
  readonly runner: StackRunner;
  readonly options: RunOptions;
  readonly outputs: Map<string, StackOutputs>;
  readonly previewFirst: boolean;
}

async function runStep(step: Step, context: StepContext): Promise<StackResult> {
  const { runner, outputs, previewFirst } = context;
  const { tasks, signal, afterStack } = context.options;
  const startedAt = performance.now();
  const notes = new Set<string>();
  const note = (line: string) => {
    if (notes.has(line)) return;
    notes.add(line);
    tasks.note(line);
  };
  const preview = step.action.startsWith("preview");
  const ended = (result: "succeeded" | "failed", changes: Changes, message?: string): StackResult => ({
    name: step.stack,
    operation: step.action,
    result,
    changes,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
    ...(message !== undefined && { message }),
    notes: [...notes],
  });
  tasks.start(step.stack, titleOf(step));
  try {
    const outcome = await runner.run(step.stack, step.action, {
      exists: step.exists,
      signal,
      onProgress: (detail) => tasks.update(step.stack, detail),
      onNote: note,
      previewFirst,
    });
    outputs.set(step.stack, outcome.outputs);
    tasks.succeed(step.stack, describeChanges(outcome.changes, preview));
    if (step.action === "up") await afterStack?.(step.stack);
    return ended("succeeded", outcome.changes);
  } catch (error) {
    if (!(error instanceof StackFailure)) throw error;
    tasks.fail(step.stack, error.message.split("\n")[0] ?? "");
    return ended("failed", error.changes, error.message);
  }
}

function resultOf(end: StepEnd<StackResult>): StackResult {
  if (end.result === "done") return end.value;
  const { step, reason } = end;
  return {
    name: step.stack,
    operation: step.action,
    result: "skipped",
    changes: noChanges,
    seconds: 0,
    message: reason,
    notes: [],
  };
}

function titleOf({ stack, action }: Step): string {
  return action === "destroy" || action === "preview-destroy" ? `${stack} (removal)` : stack;
}
