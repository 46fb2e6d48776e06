import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { removeDeadLock, takeLock } from "../../../local/toolchain/lock.ts";

async function lockPath(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "haulway-lock-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return join(dir, "lock");
}

const { signal } = new AbortController();

/** The most holders at a time, of several that find a dead owner's lock. */
async function mostInside(): Promise<number> {
  const path = await lockPath();
  await writeFile(path, JSON.stringify({ pid: 2 ** 22 + 1, startTime: "7", token: "t" }));
  let inside = 0;
  let most = 0;
  const enter = async (): Promise<void> => {
    const lock = await takeLock(path, { signal, onWait: () => undefined });
    inside += 1;
    most = Math.max(most, inside);
    await sleep(20);
    inside -= 1;
    await lock.release();
  };
  await Promise.all(Array.from({ length: 6 }, enter));
  return most;
}

test("only one holder at a time", async () => {
  const path = await lockPath();
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      const lock = await takeLock(path, { signal, onWait: () => undefined });
      inside += 1;
      most = Math.max(most, inside);
      await sleep(20);
      inside -= 1;
      await lock.release();
    }),
  );
  expect(most).toBe(1);
  expect(await readdir(join(path, ".."))).toEqual([]);
});

test("a living owner is named once and waited for", async () => {
  const path = await lockPath();
  const first = await takeLock(path, { signal, onWait: () => undefined });
  const waits: number[] = [];
  const second = takeLock(path, { signal, onWait: (pid) => void waits.push(pid) });
  await sleep(700);
  expect(waits).toEqual([process.pid]);
  await first.release();
  await (await second).release();
});

test.each([
  ["of a process that has ended", { pid: 2 ** 22 + 1, startTime: "7", token: "t" }],
  [
    "of an earlier process with the same number",
    { pid: process.pid, startTime: "an earlier time", token: "t" },
  ],
  ["that is damaged", "{"],
  ["that is empty", ""],
])("a lock %s is taken over", async (_, content) => {
  const path = await lockPath();
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  const waits: number[] = [];
  const lock = await takeLock(path, { signal, onWait: (pid) => void waits.push(pid) });
  expect(waits).toEqual([]);
  expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ pid: process.pid });
  await lock.release();
});

test("many that find a dead owner's lock at once still enter one by one", async () => {
  // The interleaving that would let two in is rare; this many attempts meet it.
  const attempts = await Promise.all(Array.from({ length: 30 }, mostInside));
  expect(Math.max(...attempts)).toBe(1);
});

test("a takeover that comes too late leaves the next owner's lock alone", async () => {
  const path = await lockPath();
  const lock = await takeLock(path, { signal, onWait: () => undefined });
  await removeDeadLock(path);
  expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ pid: process.pid });
  await lock.release();
});

test("a takeover that was never finished does not stop the next one", async () => {
  const path = await lockPath();
  await writeFile(path, "{");
  await writeFile(`${path}.takeover`, "");
  await utimes(`${path}.takeover`, 1_000_000, 1_000_000);
  const lock = await takeLock(path, { signal, onWait: () => undefined });
  await lock.release();
  expect(await readdir(join(path, ".."))).toEqual([]);
});

test("releasing does not remove a lock that is somebody else's by now", async () => {
  const path = await lockPath();
  const lock = await takeLock(path, { signal, onWait: () => undefined });
  const other = JSON.stringify({ pid: 1, startTime: "1", token: "other" });
  await writeFile(path, other);
  await lock.release();
  expect(await readFile(path, "utf8")).toBe(other);
});
