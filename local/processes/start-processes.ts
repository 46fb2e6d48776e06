import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter } from "node:path";
import { UserError } from "../../model/user-error.ts";
import type { Layout } from "../layout.ts";
import { isFree } from "../ports.ts";
import { portHolder } from "./port-holder.ts";
import { isRunning, processStartTime } from "./process-identity.ts";
import { openLog } from "./process-log.ts";
import { type ProcessRecord, readRecord, writeRecord } from "./process-record.ts";
import { commandHash, type ProcessSpec } from "./process-spec.ts";
import { type LiveProcess, waitUntilReady } from "./readiness.ts";
import { ownerVariable, stopRecorded } from "./stop-processes.ts";

/** What became of a process: it had to be started, it was out of date or stuck and was started again, it ran already. */
export type StartOutcome = "started" | "restarted" | "running";

/** How far a start is. */
export interface StartProgress {
  readonly ready: number;
  readonly total: number;
  /** Names of the processes that are not ready yet. */
  readonly waitingFor: readonly string[];
}

/** What `startProcesses` works with. */
export interface StartOptions {
  readonly layout: Layout;
  /** Called once at the beginning and whenever a process has become ready. */
  readonly onProgress?: (progress: StartProgress) => void;
  /** Ends the waiting; processes that were started go on. */
  readonly signal?: AbortSignal;
}

/** A process that runs has to answer within this time, or it is taken to be stuck and started again. */
const patienceWithRunningSeconds = 15;

/**
 * Makes every process of `specs` run, up to date and ready: starts those that are missing, starts those again whose command has changed
 * or that do not answer, leaves the others alone. They are detached: they outlive this process, and so do those that were started before
 * a failure.
 *
 * @returns what became of each, by name.
 * @throws UserError for ports that others hold (all of them in one error), and for processes that end or do not become ready in time,
 * with the last lines of their logs.
 */
export async function startProcesses(
  specs: readonly ProcessSpec[],
  { layout, onProgress, signal }: StartOptions,
): Promise<ReadonlyMap<string, StartOutcome>> {
  const wave = Date.now();
  const waitingFor = new Set(specs.map((spec) => spec.name));
  const report = () =>
    onProgress?.({ ready: specs.length - waitingFor.size, total: specs.length, waitingFor: [...waitingFor] });
  report();

  const current = new Map<string, LiveProcess>();
  const outdated: ProcessRecord[] = [];
  for (const spec of specs) {
    const record = await readRecord(layout, spec.name);
    if (record === undefined || !(await isRunning(record))) continue;
    if (record.commandHash === (await commandHash(spec))) {
      current.set(spec.name, { pid: record.pid, startTime: record.startTime });
    } else {
      outdated.push(record);
    }
  }
  await stopRecorded(layout, outdated);
  const stale = new Set(outdated.map((record) => record.name));
  await requireFreePorts(specs.filter((spec) => !current.has(spec.name)));

  const failure = new AbortController();
  const waiting = AbortSignal.any([failure.signal, ...(signal === undefined ? [] : [signal])]);
  const bringUp = async (spec: ProcessSpec): Promise<StartOutcome> => {
    const running = current.get(spec.name);
    if (running !== undefined) {
      const patience = Math.min(
        spec.readyTimeoutSeconds ?? Number.POSITIVE_INFINITY,
        patienceWithRunningSeconds,
      );
      const answers = await waitUntilReady(
        { ...spec, readyTimeoutSeconds: patience },
        running,
        layout,
        waiting,
      ).then(
        () => true,
        (error: unknown) => {
          if (waiting.aborted) throw error;
          return false;
        },
      );
      if (answers) return "running";
      const record = await readRecord(layout, spec.name);
      if (record !== undefined) await stopRecorded(layout, [record]);
      stale.add(spec.name);
    }
    await waitUntilReady(spec, await launch(spec, layout, wave), layout, waiting);
    return stale.has(spec.name) ? "restarted" : "started";
  };

  const results = await Promise.allSettled(
    specs.map(async (spec) => {
      try {
        const outcome = await bringUp(spec);
        waitingFor.delete(spec.name);
        report();
        return [spec.name, outcome] as const;
      } catch (error) {
        // The others wait for nothing once the environment cannot come up.
        failure.abort();
        throw error;
      }
    }),
  );
  signal?.throwIfAborted();
  throwFailures(
    results.filter((result) => result.status === "rejected").map((result) => result.reason as unknown),
  );
  return new Map(results.filter((result) => result.status === "fulfilled").map((result) => result.value));
}

async function launch(spec: ProcessSpec, layout: Layout, wave: number): Promise<LiveProcess> {
  const cwd = spec.cwd ?? layout.root;
  await mkdir(cwd, { recursive: true, mode: 0o700 });
  const log = await openLog(layout, spec.name);
  try {
    const child = spawn(spec.command, spec.args, {
      cwd,
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
      env: environmentOf(spec, layout),
    });
    const ended = new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(`it could not be started: ${error.message}`));
      child.once("exit", (code, signal) =>
        resolve(signal === null ? `exit code ${code}` : `signal ${signal}`),
      );
    });
    child.unref();
    const startTime = child.pid === undefined ? undefined : await processStartTime(child.pid);
    // One that ended at once leaves no start time; waiting for it says how it ended.
    if (child.pid === undefined || startTime === undefined)
      return { pid: child.pid ?? 0, startTime: "", ended };
    await writeRecord(layout, {
      name: spec.name,
      pid: child.pid,
      startTime,
      commandHash: await commandHash(spec),
      ...(spec.port === undefined ? {} : { port: spec.port }),
      wave,
    });
    return { pid: child.pid, startTime, ended };
  } finally {
    await log.close();
  }
}

function environmentOf(spec: ProcessSpec, layout: Layout): NodeJS.ProcessEnv {
  const { PATH = "", LANG, HOME = homedir(), TMPDIR = tmpdir() } = process.env;
  return {
    HOME,
    TMPDIR,
    ...(LANG === undefined ? {} : { LANG }),
    ...spec.env,
    PATH: [...(spec.pathPrefix ?? []), PATH].join(delimiter),
    [ownerVariable]: layout.root,
  };
}

async function requireFreePorts(specs: readonly ProcessSpec[]): Promise<void> {
  const problems = await Promise.all(
    specs.map(async ({ name, port }) => {
      if (port === undefined || (await isFree(port))) return [];
      const holder = await portHolder(port);
      const who =
        holder === undefined
          ? "another process (which one cannot be seen; it may belong to another user)"
          : `process ${holder.pid}${holder.command === undefined ? "" : ` (${holder.command.slice(0, 200)})`}`;
      return [`Port ${port} of 127.0.0.1, which ${name} needs, is taken by ${who}.`];
    }),
  );
  if (problems.flat().length === 0) return;
  throw new UserError(
    [
      ...problems.flat(),
      "End what holds it and run `npm start` again. Or run `npm run local:down` and `npm start`: that begins anew, on other ports.",
    ].join("\n"),
  );
}

function throwFailures(reasons: readonly unknown[]): void {
  const unexpected = reasons.find((reason) => !(reason instanceof UserError) && !isAbort(reason));
  if (unexpected !== undefined) throw unexpected;
  const messages = reasons.filter((reason) => reason instanceof UserError).map((reason) => reason.message);
  if (messages.length > 0) throw new UserError(messages.join("\n\n"));
}

function isAbort(reason: unknown): boolean {
  return reason instanceof Error && reason.name === "AbortError";
}
