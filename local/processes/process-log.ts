import { type FileHandle, mkdir, open, rename } from "node:fs/promises";
import type { Layout } from "../layout.ts";

const tailBytes = 64 * 1024;

/** Opens the log of a process for appending, after putting the one of its previous start aside; the one before that is lost. */
export async function openLog(layout: Layout, process: string): Promise<FileHandle> {
  await mkdir(layout.logs.directory, { recursive: true, mode: 0o700 });
  const file = layout.logs.file(process);
  await rename(file, layout.logs.previous(process)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  return open(file, "a", 0o600);
}

/**
 * The last lines of a process's log, oldest first, without empty ones; none if there is no log.
 *
 * @param count how many at most. @default 20
 */
export async function tailLog(layout: Layout, process: string, count = 20): Promise<string[]> {
  let file: FileHandle;
  try {
    file = await open(layout.logs.file(process), "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  try {
    const { size } = await file.stat();
    const length = Math.min(size, tailBytes);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const lines = buffer.toString("utf8").split("\n");
    return (length < size ? lines.slice(1) : lines).filter((line) => line.trim() !== "").slice(-count);
  } finally {
    await file.close();
  }
}
