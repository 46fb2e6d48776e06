import { parseStackName } from "../../model/naming.ts";
import { STACK_OUTPUTS } from "../../stacks/contracts.ts";
import { type ApplicationStatus, isSettled } from "../applications/application.ts";
import { platformApplications } from "../applications/platform-applications.ts";
import { waitForApplications } from "../applications/wait-for-applications.ts";
import type { TaskList } from "../terminal/task-list.ts";
import type { StackOutputs, StackRunner } from "./stack-runner.ts";

/** What a wait for the Applications of a run needs. */
export interface SettleOptions {
  /** Outputs of the stacks that were deployed, by stack. */
  readonly outputs: ReadonlyMap<string, StackOutputs>;
  readonly environment: string;
  readonly runner: StackRunner;
  readonly tasks: TaskList;
  /** 0 does not wait. */
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal | undefined;
  /** Opens the Applications of the platform cluster. Default: by its API server. */
  readonly open?: typeof platformApplications;
}

const task = "applications";

/**
 * Waits until the Applications of the teams that were deployed are Synced and Healthy.
 *
 * @returns how they stand; empty if there is none to wait for.
 */
export async function settleApplications(options: SettleOptions): Promise<readonly ApplicationStatus[]> {
  const { outputs, environment, tasks, timeoutSeconds, signal } = options;
  const names = applicationNames(outputs);
  if (names.length === 0 || timeoutSeconds === 0 || signal?.aborted === true) return [];
  tasks.start(task, "Applications");
  const open = options.open ?? platformApplications;
  try {
    const platform = outputs.get(environment) ?? (await options.runner.outputs(environment));
    const parsed = STACK_OUTPUTS.platform.safeParse(values(platform));
    if (!parsed.success) throw new Error(`the outputs of ${environment} are not those of a platform stack`);
    const { cluster, argocd } = parsed.data;
    const statuses = await waitForApplications({
      applications: await open(cluster.kubeconfig, argocd.namespace),
      names,
      timeoutSeconds,
      signal,
      onProgress: (current) => tasks.update(task, describe(current)),
    });
    if (statuses.every(isSettled)) tasks.succeed(task, describe(statuses));
    else tasks.fail(task, describe(statuses));
    return statuses;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    tasks.fail(task, `cannot read them from the platform cluster: ${reason}`);
    return names.map((name) => ({ name, sync: "Unknown", health: "Unknown", message: reason ?? "" }));
  }
}

function applicationNames(outputs: ReadonlyMap<string, StackOutputs>): readonly string[] {
  return [...outputs]
    .filter(([stack, output]) => parseStackName(stack).kind === "team" && "applications" in output)
    .flatMap(([, output]) => STACK_OUTPUTS.team.shape.applications.parse(output["applications"]?.value))
    .sort();
}

function values(outputs: StackOutputs): Record<string, unknown> {
  return Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, output.value]));
}

function describe(statuses: readonly ApplicationStatus[]): string {
  const waiting = statuses.filter((status) => !isSettled(status));
  if (waiting.length === 0) return `${statuses.length} Synced and Healthy`;
  const [first] = waiting;
  const example = first === undefined ? "" : `: ${first.name} ${first.sync}, ${first.health}`;
  return `${statuses.length - waiting.length} of ${statuses.length} Synced and Healthy${example}`;
}
