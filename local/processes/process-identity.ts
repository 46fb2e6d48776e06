import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

/**
 * When the process `pid` started, in a form that only equality makes sense for; `undefined` if there is none or it has ended and is
 * merely not yet collected by its parent. Together with the id it names one process for good, because ids are used again.
 */
export async function processStartTime(pid: number): Promise<string | undefined> {
  return process.platform === "linux" ? linuxStartTime(pid) : portableStartTime(pid);
}

/** Whether the process with this id is the one that started at `startTime`, and runs. */
export async function isRunning(process: {
  readonly pid: number;
  readonly startTime: string;
}): Promise<boolean> {
  return (await processStartTime(process.pid)) === process.startTime;
}

/**
 * The processes that have `value` in environment variable `name`, by id. Linux only, where the kernel shows it; empty elsewhere. Only
 * processes of the same user are found.
 */
export async function processesWithVariable(name: string, value: string): Promise<number[]> {
  if (process.platform !== "linux") return [];
  const ids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const matching = await Promise.all(
    ids.map(async (id) => {
      const environment = await readFile(`/proc/${id}/environ`, "utf8").catch(() => "");
      return environment.split("\0").includes(`${name}=${value}`);
    }),
  );
  return ids.filter((_, index) => matching[index]).map(Number);
}

/** The command line of a process as a reader would type it; `undefined` if it cannot be seen. */
export async function commandLine(pid: number): Promise<string | undefined> {
  if (process.platform !== "linux") return (await ps(pid, ["command"]))?.trim();
  const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return line === "" ? undefined : line.replaceAll("\0", " ").trim();
}

/** The id of the session of a process, which is that of the process that leads it; `undefined` if it cannot be seen. Linux only. */
export async function processSession(pid: number): Promise<number | undefined> {
  const session = (await linuxStatus(pid))?.[3];
  return session === undefined ? undefined : Number(session);
}

/** The fields of `/proc/<pid>/stat` from the third, the state, on. */
async function linuxStatus(pid: number): Promise<string[] | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // The second field, the program's name in parentheses, may hold blanks and parentheses itself.
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

async function linuxStartTime(pid: number): Promise<string | undefined> {
  const fields = await linuxStatus(pid);
  const [state, threads, ticksSinceBoot] = [fields?.[0], fields?.[17], fields?.[19]];
  // While other threads end, the first one is a zombie already, and the process still holds its ports.
  const ended = state === "X" || (state === "Z" && Number(threads) <= 1);
  if (ticksSinceBoot === undefined || ended) return undefined;
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  return `${boot.trim()}/${ticksSinceBoot}`;
}

async function portableStartTime(pid: number): Promise<string | undefined> {
  const [state, ...start] = (await ps(pid, ["stat", "lstart"]))?.trim().split(/\s+/) ?? [];
  return state === undefined || state === "" || state.startsWith("Z") ? undefined : start.join(" ");
}

async function ps(pid: number, columns: readonly string[]): Promise<string | undefined> {
  const selection = columns.flatMap((column) => ["-o", `${column}=`]);
  try {
    return (await promisify(execFile)("ps", [...selection, "-p", String(pid)])).stdout;
  } catch {
    return undefined;
  }
}
