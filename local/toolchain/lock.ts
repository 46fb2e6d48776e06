import { randomUUID } from "node:crypto";
import { link, readFile, rm, stat, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { isRunning, processStartTime } from "../processes/process-identity.ts";
import { absent, errorCode } from "./absent.ts";

const POLL_MS = 250;
const TAKEOVER_POLL_MS = 10;

/** A takeover lasts for milliseconds; one that is older was begun by a process that has ended since. */
const CLAIM_EXPIRES_MS = 10_000;

interface Owner {
  readonly pid: number;
  readonly startTime: string;
  readonly token: string;
}

/** A lock that is held; a second release does nothing. */
export interface HeldLock {
  readonly release: () => Promise<void>;
}

/**
 * Takes a lock file, waiting while a living process holds it. A lock whose owner is gone is taken over at once.
 *
 * It spares two runs from building the same thing; it is not what keeps the cache whole. Entries appear by one rename,
 * so even two owners at once could only waste time.
 */
export async function takeLock(
  path: string,
  options: { readonly onWait: (pid: number) => void; readonly signal: AbortSignal },
): Promise<HeldLock> {
  const startTime = (await processStartTime(process.pid)) ?? "";
  const me: Owner = { pid: process.pid, startTime, token: randomUUID() };
  let reported = false;
  for (;;) {
    options.signal.throwIfAborted();
    if (await create(path, me)) return { release: () => release(path, me) };
    const owner = await readOwner(path);
    if (owner === "gone") continue;
    if (await isDead(owner)) {
      await removeDeadLock(path);
      await sleep(TAKEOVER_POLL_MS, undefined, { signal: options.signal });
      continue;
    }
    if (owner === "damaged") continue;
    if (!reported) options.onWait(owner.pid);
    reported = true;
    await sleep(POLL_MS, undefined, { signal: options.signal });
  }
}

/** Creates the file complete with its content, or not at all. */
async function create(path: string, owner: Owner): Promise<boolean> {
  const draft = `${path}.${owner.token}`;
  await writeFile(draft, JSON.stringify(owner));
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function release(path: string, me: Owner): Promise<void> {
  const owner = await readOwner(path);
  if (typeof owner === "object" && owner.token === me.token) await rm(path, { force: true });
}

async function isDead(owner: Owner | "gone" | "damaged"): Promise<boolean> {
  if (owner === "gone") return false;
  return owner === "damaged" || !(await isRunning(owner));
}

/**
 * Removes a lock if its owner is dead. One process at a time does that, and looks again first: whoever read the dead
 * owner's name a moment ago may be looking at the lock of the one that came after.
 */
export async function removeDeadLock(path: string): Promise<void> {
  const claim = `${path}.takeover`;
  try {
    await writeFile(claim, "", { flag: "wx" });
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    const claimedMs = (await stat(claim).catch(absent))?.mtimeMs ?? Date.now();
    if (Date.now() - claimedMs > CLAIM_EXPIRES_MS) await rm(claim, { force: true });
    return;
  }
  try {
    if (await isDead(await readOwner(path))) await rm(path, { force: true });
  } finally {
    await rm(claim, { force: true });
  }
}

async function readOwner(path: string): Promise<Owner | "gone" | "damaged"> {
  const text = await readFile(path, "utf8").catch(absent);
  if (text === undefined) return "gone";
  try {
    const value = JSON.parse(text) as Partial<Owner>;
    const { pid, startTime, token } = value;
    return pid !== undefined && startTime !== undefined && token !== undefined
      ? { pid, startTime, token }
      : "damaged";
  } catch {
    return "damaged";
  }
}
