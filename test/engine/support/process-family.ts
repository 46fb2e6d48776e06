import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** The process and all below it, as they are at this moment, parents first. */
export async function familyOf(root: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid="]);
  const processes = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const family = [root];
  for (const parent of family) {
    for (const [pid, ppid] of processes) if (ppid === parent && pid !== undefined) family.push(pid);
  }
  return family;
}
