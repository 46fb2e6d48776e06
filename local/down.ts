import { readdir, rm, rmdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Layout, layout, localDirectory } from "./layout.ts";
import { withLock } from "./lock.ts";
import { processesWithVariable } from "./processes/process-identity.ts";
import { ownerVariable, stopAll } from "./processes/stop-processes.ts";
import { localEnvironmentName } from "./variables.ts";

/** What `local down` found and removed. */
export interface DownResult {
  /** Processes that were ended. */
  readonly processes: number;
  /** Whether there was a local directory. */
  readonly directory: boolean;
  /** Settings files of the environment's stacks that were removed, by name. */
  readonly settings: readonly string[];
}

/**
 * Ends every process of the project's local environment, then removes `.local/` and the settings files of its stacks. Works on whatever
 * is left of one, and has nothing to do if there is none.
 *
 * @throws UserError if another command is starting or ending it, or a process cannot be ended.
 */
export async function localDown(projectDir: string): Promise<DownResult> {
  const paths = layout(localDirectory(projectDir));
  const settings = await stackSettings(projectDir);
  const directory = await exists(paths);
  const strays = await processesWithVariable(ownerVariable, paths.root);
  if (!directory && settings.length === 0 && strays.length === 0)
    return { processes: 0, directory: false, settings: [] };
  const processes = await withLock(paths, async () => {
    const ended = await stopAll(paths);
    for (const file of settings) await rm(join(projectDir, file), { force: true });
    const kept = new Set([paths.lock, paths.lockHolder].map((path) => basename(path)));
    for (const entry of await readdir(paths.root)) {
      if (!kept.has(entry))
        await rm(join(paths.root, entry), { recursive: true, force: true, maxRetries: 3 });
    }
    return ended;
  });
  // Not recursive: whoever has come since the lock was given back keeps what it made.
  await rmdir(paths.root).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOTEMPTY" && error.code !== "ENOENT") throw error;
  });
  return { processes, directory, settings };
}

/** One sentence about what was done. */
export function describeDown({ processes, directory, settings }: DownResult): string {
  if (processes === 0 && !directory && settings.length === 0) {
    return "There is no local environment here: nothing to do. (npm start brings one up.)";
  }
  const ended = processes === 1 ? "1 process ended" : `${processes} processes ended`;
  const removed = [...(directory ? [".local/"] : []), ...settings];
  return `The local environment is gone: ${[ended, ...(removed.length > 0 ? [`removed ${removed.join(", ")}`] : [])].join(", ")}.`;
}

async function stackSettings(projectDir: string): Promise<string[]> {
  const pattern = new RegExp(`^Pulumi\\.${localEnvironmentName}(\\.[^/]+)?\\.yaml$`);
  return (await readdir(projectDir)).filter((name) => pattern.test(name)).sort();
}

async function exists({ root }: Layout): Promise<boolean> {
  try {
    await readdir(root);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
