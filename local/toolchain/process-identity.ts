import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** When a process started, as the system puts it; empty when there is no such process. */
export async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat !== undefined) return startField(stat);
  const listed = await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)]).catch(() => undefined);
  return listed?.stdout.trim() ?? "";
}

/** Whether the process that had this number then is the one that has it now. */
export async function isRunning(pid: number, started: string): Promise<boolean> {
  return started !== "" && (await startOf(pid)) === started;
}

/**
 * Field 22 of `/proc/<pid>/stat`; the name in field 2 may hold spaces and parentheses. Empty for a process that has
 * ended and that nobody has waited for yet.
 */
export function startField(stat: string): string {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? "" : (fields[19] ?? "");
}
