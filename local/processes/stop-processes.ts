import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../../model/user-error.ts";
import type { Layout } from "../layout.ts";
import { isRunning, processesWithVariable, processSession, processStartTime } from "./process-identity.ts";
import { type ProcessRecord, readRecords, removeRecord } from "./process-record.ts";

/** The variable by which a process of a local environment can be told from every other; its value is the local directory. */
export const ownerVariable = "HAULWAY_PROCESS_OF";

const pollMilliseconds = 50;

/** How patient stopping is. */
export interface StopOptions {
  /** How long a process may take to end by itself before it is killed, in seconds. @default 10 */
  readonly graceSeconds?: number;
}

/** A process by id and start, as `isRunning` takes it. */
interface Target {
  readonly pid: number;
  readonly startTime: string;
}

/**
 * Ends every process of the environment: first those without a record, which a run that was killed left behind (its Pulumi engine, or a
 * process that it had just started), then those that were started last. A recorded id that now belongs to another process is left alone.
 *
 * @returns how many processes were ended.
 * @throws UserError if one survives being killed.
 */
export async function stopAll(layout: Layout, options: StopOptions = {}): Promise<number> {
  const records = await readRecords(layout);
  const waves = [...new Set(records.map((record) => record.wave))].sort((a, b) => b - a);
  let stopped = await stopStrays(layout, options);
  for (const wave of waves) {
    stopped += await stopRecorded(
      layout,
      records.filter((record) => record.wave === wave),
      options,
    );
  }
  return stopped;
}

/** Ends the processes of `records`, side by side, and forgets them. @returns how many still ran. */
export async function stopRecorded(
  layout: Layout,
  records: readonly ProcessRecord[],
  options: StopOptions = {},
): Promise<number> {
  const outcomes = await Promise.all(
    records.map(async (record) => {
      const ran = await stop(record, options);
      await removeRecord(layout, record.name);
      return ran;
    }),
  );
  return outcomes.filter(Boolean).length;
}

/** Ends the processes that carry the environment's mark but have no record. @returns how many there were. */
export async function stopStrays(layout: Layout, options: StopOptions = {}): Promise<number> {
  const records: ProcessRecord[] = [];
  for (const record of await readRecords(layout)) if (await isRunning(record)) records.push(record);
  const targets: Target[] = [];
  for (const pid of await processesWithVariable(ownerVariable, layout.root)) {
    const startTime = await processStartTime(pid);
    const leader = await processSession(pid);
    // Each recorded process leads a session of its own, to which its children belong.
    if (startTime !== undefined && !records.some((record) => record.pid === leader))
      targets.push({ pid, startTime });
  }
  const outcomes = await Promise.all(targets.map((target) => stop(target, options)));
  return outcomes.filter(Boolean).length;
}

async function stop(target: Target, { graceSeconds = 10 }: StopOptions): Promise<boolean> {
  if (!(await isRunning(target))) return false;
  signalProcess(target.pid, "SIGTERM");
  if (await endsWithin(target, graceSeconds)) return true;
  signalProcess(target.pid, "SIGKILL");
  if (await endsWithin(target, 5)) return true;
  throw new UserError(
    `Process ${target.pid} does not end, not even when killed. End it by hand, then try again.`,
  );
}

async function endsWithin(target: Target, seconds: number): Promise<boolean> {
  for (let waited = 0; waited < seconds * 1000; waited += pollMilliseconds) {
    if (!(await isRunning(target))) return true;
    await delay(pollMilliseconds);
  }
  return !(await isRunning(target));
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
