import { randomUUID } from "node:crypto";
import { link, open, rm } from "node:fs/promises";

/** Whether `error` is the system error `code`, for example `ENOENT`. */
export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/**
 * Creates `path` with its whole content, or resolves to `false` when it exists already; of two processes at once, one succeeds.
 * @param mode file mode. @default 0o600
 */
export async function createFile(path: string, content: string, mode = 0o600): Promise<boolean> {
  const draft = `${path}.${randomUUID()}.draft`;
  const file = await open(draft, "wx", mode);
  try {
    await file.writeFile(content);
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (isSystemError(error, "EEXIST")) {
      return false;
    }
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}
