import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../../model/user-error.ts";
import type { Layout } from "../layout.ts";
import { isRunning } from "./process-identity.ts";
import { tailLog } from "./process-log.ts";
import type { ProcessSpec } from "./process-spec.ts";

/** A process that has been started, by this process or by an earlier one. */
export interface LiveProcess {
  readonly pid: number;
  readonly startTime: string;
  /** Resolves to how it ended. Known only for a process that this one started. */
  readonly ended?: Promise<string>;
}

const defaultTimeoutSeconds = 60;
const firstPollMilliseconds = 50;
const longestPollMilliseconds = 500;

/**
 * Polls `spec.ready` until it says yes.
 *
 * @throws UserError with the last lines of the log if the process ends before that or takes too long; an AbortError when `signal` aborts.
 */
export async function waitUntilReady(
  spec: ProcessSpec,
  process: LiveProcess,
  layout: Layout,
  signal: AbortSignal,
): Promise<void> {
  const seconds = spec.readyTimeoutSeconds ?? defaultTimeoutSeconds;
  const end = new AbortController();
  let exit: string | undefined;
  void process.ended?.then((reason) => {
    exit = reason;
    end.abort();
  });
  const timeout = AbortSignal.timeout(Math.ceil(seconds * 1000));
  const stop = AbortSignal.any([end.signal, timeout, signal]);
  let lastProblem = "";
  for (
    let pause = firstPollMilliseconds;
    !stop.aborted;
    pause = Math.min(pause * 1.5, longestPollMilliseconds)
  ) {
    try {
      if ((await spec.ready(stop)) && !end.signal.aborted) return;
    } catch (error) {
      lastProblem = error instanceof Error ? error.message : String(error);
    }
    if (process.ended === undefined && !(await isRunning(process))) {
      exit = "how is not known";
      break;
    }
    await delay(pause, undefined, { signal: stop }).catch(() => undefined);
  }
  signal.throwIfAborted();
  const what =
    exit === undefined
      ? `did not become ready within ${seconds} s${lastProblem === "" ? "" : ` (${lastProblem})`}`
      : `ended before it was ready: ${exit}`;
  throw new UserError(await withLog(`${spec.name} ${what}.`, spec.name, layout));
}

/** `message`, the last lines of the process's log and where all of it is. */
export async function withLog(message: string, process: string, layout: Layout): Promise<string> {
  const lines = await tailLog(layout, process);
  const tail =
    lines.length === 0
      ? ["Its log is empty:"]
      : ["The last lines of its log:", ...lines.map((line) => `  ${line}`), "All of it:"];
  return [message, ...tail, `  ${layout.logs.file(process)}`].join("\n");
}
