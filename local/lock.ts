import { mkdir, rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { lock } from "proper-lockfile";
import { z } from "zod";
import { UserError } from "../model/user-error.ts";
import { readFileIfPresent, writeFileAtomically } from "./atomic-file.ts";
import type { Layout } from "./layout.ts";
import { isRunning, processStartTime } from "./processes/process-identity.ts";

/** A lock that its holder has not renewed for this long belongs to a process that was killed. */
const staleMilliseconds = 10_000;
const retryMilliseconds = 500;

const holderSchema = z.object({ pid: z.number(), startTime: z.string() });

/**
 * Runs `action` while no other process of this project starts or ends the local environment. The local directory is made if it is
 * missing.
 *
 * @throws UserError at once if another process is at it; a lock left by one that was killed is waited for and taken over.
 */
export async function withLock<T>(layout: Layout, action: () => Promise<T>): Promise<T> {
  await mkdir(layout.root, { recursive: true, mode: 0o700 });
  const release = await acquire(layout);
  try {
    return await action();
  } finally {
    await rm(layout.lockHolder, { force: true });
    await release();
  }
}

async function acquire(layout: Layout): Promise<() => Promise<void>> {
  for (;;) {
    try {
      const release = await lock(layout.root, {
        lockfilePath: layout.lock,
        realpath: false,
        stale: staleMilliseconds,
        // A machine that slept comes back with a lock that looks stale; nobody else has taken it, or that one reports it.
        onCompromised: () => undefined,
      });
      const startTime = await processStartTime(process.pid);
      await writeFileAtomically(
        layout.lockHolder,
        JSON.stringify({ pid: process.pid, startTime: startTime ?? "" }),
      );
      return release;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
      const holder = await readHolder(layout);
      if (holder === undefined || (await isRunning(holder))) {
        throw new UserError(
          `Another command is starting or ending the local environment of this project${holder === undefined ? "" : ` (process ${holder.pid})`}.\n` +
            "Wait until it has ended, then try again.",
        );
      }
      await delay(retryMilliseconds);
    }
  }
}

async function readHolder(layout: Layout): Promise<z.output<typeof holderSchema> | undefined> {
  try {
    return holderSchema.parse(JSON.parse((await readFileIfPresent(layout.lockHolder)) ?? ""));
  } catch {
    return undefined;
  }
}
