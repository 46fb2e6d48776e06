import { readdir, rm } from "node:fs/promises";
import { z } from "zod";
import { readFileIfPresent, writeFileAtomically } from "../atomic-file.ts";
import type { Layout } from "../layout.ts";

const schema = z.object({
  name: z.string(),
  pid: z.number().int().positive(),
  startTime: z.string(),
  commandHash: z.string(),
  port: z.number().int().optional(),
  wave: z.number(),
});

/** What is known of a process that was started: enough to find it again, and to end it and no other. */
export interface ProcessRecord {
  readonly name: string;
  readonly pid: number;
  /** From `processStartTime`: guards against an id that is used again. */
  readonly startTime: string;
  /** From `commandHash`: another one means that the process is out of date. */
  readonly commandHash: string;
  readonly port?: number | undefined;
  /** Processes that were started together share it; what was started later is ended earlier. Milliseconds since 1970. */
  readonly wave: number;
}

/** The record of a process, `undefined` if it was never started or the record is damaged. */
export async function readRecord(layout: Layout, name: string): Promise<ProcessRecord | undefined> {
  const content = await readFileIfPresent(layout.processes.record(name));
  if (content === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(content));
  } catch {
    return undefined;
  }
}

/** The records of all processes, by name. Damaged ones are left out. */
export async function readRecords(layout: Layout): Promise<ProcessRecord[]> {
  const entries = await readdir(layout.processes.directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const names = entries
    .filter((entry) => entry.endsWith(".json"))
    .map((entry) => entry.slice(0, -".json".length));
  const records = await Promise.all(names.sort().map((name) => readRecord(layout, name)));
  return records.filter((record) => record !== undefined);
}

/** Keeps a record, in place of an earlier one of that name. */
export async function writeRecord(layout: Layout, record: ProcessRecord): Promise<void> {
  await writeFileAtomically(layout.processes.record(record.name), `${JSON.stringify(record)}\n`);
}

/** Forgets a process. */
export async function removeRecord(layout: Layout, name: string): Promise<void> {
  await rm(layout.processes.record(name), { force: true });
}
