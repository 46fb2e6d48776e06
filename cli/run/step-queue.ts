import type { Step } from "../plan/plan.ts";

/** How a step ended. */
export type StepEnd<Result> =
  | { readonly step: Step; readonly result: "done"; readonly value: Result }
  | { readonly step: Step; readonly result: "skipped"; readonly reason: string };

/** What becomes of the steps of a plan. */
export interface StepQueueOptions<Result> {
  /** How many steps may run at the same time; at least 1. */
  readonly parallel: number;
  /** Runs a step. A rejection ends the queue with that error, after the steps already begun. */
  readonly run: (step: Step) => Promise<Result>;
  /** Whether what `run` gave back counts as success for the steps that need it. */
  readonly succeeded: (value: Result) => boolean;
  /** Aborting lets running steps end and skips the others. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs the steps of a plan side by side, each after those it needs or follows. A step that needs one that failed or was
 * skipped is skipped with the reason; steps that do not need it still run.
 *
 * @returns one end per step, in the plan's order.
 */
export async function runSteps<Result>(
  steps: readonly Step[],
  options: StepQueueOptions<Result>,
): Promise<readonly StepEnd<Result>[]> {
  const ends = new Map<string, StepEnd<Result>>();
  const running = new Map<string, Promise<void>>();
  const rejections: unknown[] = [];
  let waiting = [...steps];

  const skip = (step: Step, reason: string) => ends.set(step.stack, { step, result: "skipped", reason });
  const failedNeed = (step: Step) =>
    step.needs.find((name) => {
      const end = ends.get(name);
      return end !== undefined && !(end.result === "done" && options.succeeded(end.value));
    });
  const ready = (step: Step) => [...step.needs, ...step.follows].every((name) => ends.has(name));
  const begin = (step: Step) => {
    const ended = options
      .run(step)
      .then((value) => {
        ends.set(step.stack, { step, result: "done", value });
      })
      .catch((error: unknown) => {
        rejections.push(error);
        skip(step, "stopped by an error");
      })
      .finally(() => running.delete(step.stack));
    running.set(step.stack, ended);
  };

  while (waiting.length > 0 || running.size > 0) {
    const before = waiting.length;
    for (const step of waiting) {
      const failed = failedNeed(step);
      if (options.signal?.aborted === true || rejections.length > 0) skip(step, "interrupted");
      else if (failed !== undefined) skip(step, `needs ${failed}, which ${fate(ends.get(failed))}`);
      else if (!ready(step)) continue;
      else if (step.blocked !== undefined) skip(step, step.blocked);
      else if (running.size < Math.max(1, options.parallel)) begin(step);
      else continue;
      waiting = waiting.filter((other) => other !== step);
    }
    if (running.size > 0) await Promise.race(running.values());
    else if (waiting.length === before)
      throw new Error(`Steps wait for what is not planned: ${waiting[0]?.stack}`);
  }
  if (rejections.length > 0) throw rejections[0];
  return steps.flatMap((step) => ends.get(step.stack) ?? []);
}

function fate(end: StepEnd<unknown> | undefined): string {
  return end?.result === "skipped" ? "was skipped" : "failed";
}
