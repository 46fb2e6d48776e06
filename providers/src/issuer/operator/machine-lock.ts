import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf, ProviderError } from "../../provider-error.js";

/** A lock that its holder has not renewed for this long belongs to a process that was killed; milliseconds. */
const STALE = 10_000;

/** How often a held lock is tried for, and the shortest and longest pause between, in milliseconds: a minute in all. */
const ATTEMPTS = 1_200;
const PAUSE = { shortest: 20, longest: 80 } as const;

/**
 * Runs `action` while no other process of this user on this machine runs one under the same name.
 *
 * @param name fit for a file name
 * @throws ProviderError when the lock stays held for a minute, or cannot be made
 */
export async function withMachineLock<T>(name: string, action: () => Promise<T>): Promise<T> {
  const release = await acquire(name);
  try {
    return await action();
  } finally {
    // A lock that was taken over, because this process slept, is the other's to release.
    await release().catch(() => undefined);
  }
}

async function acquire(name: string): Promise<() => Promise<void>> {
  const file = join(tmpdir(), `haulway-${process.getuid?.() ?? "user"}-${name}`);
  const { lock } = await import("proper-lockfile");
  try {
    return await lock(file, {
      realpath: false,
      stale: STALE,
      retries: {
        retries: ATTEMPTS,
        factor: 1,
        minTimeout: PAUSE.shortest,
        maxTimeout: PAUSE.longest,
        randomize: true,
      },
      onCompromised: () => undefined,
    });
  } catch (error) {
    throw new ProviderError(
      `The lock ${file}.lock, which keeps processes of this machine apart, cannot be had: ${messageOf(error)}. ` +
        "Make sure that the directory can be written to, then run again.",
    );
  }
}
