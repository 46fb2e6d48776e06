import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { promisify } from "node:util";
import { commandLine } from "./process-identity.ts";

/** The process that listens on a port. */
export interface PortHolder {
  readonly pid: number;
  /** As it was started, if that can be seen. */
  readonly command?: string | undefined;
}

/** Who listens on TCP port `port` of this machine; `undefined` if that cannot be seen, for example when it is another user's process. */
export async function portHolder(port: number): Promise<PortHolder | undefined> {
  const pid = process.platform === "linux" ? await linuxHolder(port) : await portableHolder(port);
  return pid === undefined ? undefined : { pid, command: await commandLine(pid) };
}

async function linuxHolder(port: number): Promise<number | undefined> {
  const tables = await Promise.all(
    ["/proc/net/tcp", "/proc/net/tcp6"].map((file) => readFile(file, "utf8").catch(() => "")),
  );
  const sockets = new Set(tables.flatMap((table) => listeningSockets(table, port)));
  if (sockets.size === 0) return undefined;
  for (const id of (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry))) {
    const files = await readdir(`/proc/${id}/fd`).catch(() => []);
    const links = await Promise.all(files.map((file) => readlink(`/proc/${id}/fd/${file}`).catch(() => "")));
    if (links.some((link) => sockets.has(link))) return Number(id);
  }
  return undefined;
}

/** The sockets that listen on `port`, as `/proc/<pid>/fd` names them, from a table as `/proc/net/tcp` has it. */
export function listeningSockets(table: string, port: number): string[] {
  const listening = "0A";
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(
      (fields) => fields[3] === listening && Number.parseInt(fields[1]?.split(":")[1] ?? "", 16) === port,
    )
    .map((fields) => `socket:[${fields[9] ?? ""}]`);
}

async function portableHolder(port: number): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)("lsof", ["-nP", "-t", `-iTCP:${port}`, "-sTCP:LISTEN"]);
    const pid = Number.parseInt(stdout, 10);
    return Number.isNaN(pid) ? undefined : pid;
  } catch {
    return undefined;
  }
}
