import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { isRunning, processStartTime } from "../../../local/processes/process-identity.ts";
import { interruptible } from "../../../local/toolchain/interruption.ts";
import { fakeGo, GIT, Room } from "./support/room.ts";

const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const LOCAL = join(import.meta.dirname, "../../../local/toolchain");

/** A run in a process of its own whose `go build` starts a compiler that never ends. */
async function stuckRun(room: Room): Promise<{ child: ReturnType<typeof spawn>; compiler: number }> {
  const pidFile = join(room.root, "compiler.pid");
  const go = fakeGo(`sleep 600 & echo $! > "${pidFile}.new"; mv "${pidFile}.new" "${pidFile}"; wait`);
  const PATH = `${await room.scripts("path", { git: GIT, go })}:/usr/bin:/bin`;
  const order = {
    recipes: [await room.module("hello")],
    sourceRoot: room.sourceRoot,
    systemRules: {},
    cacheDir: room.cacheDir,
    env: { PATH },
  };
  const script = join(room.root, "run.ts");
  await writeFile(
    script,
    `import { provision } from ${JSON.stringify(join(LOCAL, "provision.ts"))};
import { interruptible } from ${JSON.stringify(join(LOCAL, "interruption.ts"))};
const order = { ...${JSON.stringify(order)}, progress: () => {} };
interruptible(undefined, (signal) => provision({ ...order, signal })).catch((error) => console.log(error.problem));
`,
  );
  const child = spawn(process.execPath, ["--import", TSX, script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for (;;) {
    const pid = await readFile(pidFile, "utf8").catch(() => undefined);
    if (pid !== undefined) return { child, compiler: Number(pid) };
    if (child.exitCode !== null) throw new Error("the run ended before it compiled anything");
    await sleep(20);
  }
}

test("an interrupt ends the compilers and leaves no entry, nothing unfinished and no lock", async () => {
  const room = await Room.open();
  const { child, compiler } = await stuckRun(room);
  const identity = { pid: compiler, startTime: (await processStartTime(compiler)) ?? "" };
  expect(await isRunning(identity)).toBe(true);
  let said = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });

  child.kill("SIGINT");
  await once(child, "close");

  expect(said.trim()).toBe("interrupted");
  expect(await isRunning(identity)).toBe(false);
  expect(await room.cached("entries")).toEqual([]);
  expect(await room.cached("unfinished")).toEqual([]);
  expect(await room.cached("locks")).toEqual([]);
});

test("after a run that was killed outright, the next one takes over without waiting", async () => {
  const room = await Room.open();
  const { child, compiler } = await stuckRun(room);
  child.kill("SIGKILL");
  await once(child, "close");
  process.kill(compiler);
  expect(await room.cached("locks")).toEqual(["build"]);

  await room.provide([await room.module("hello")]);

  expect(room.builds).toEqual(["hello"]);
  expect(room.events.map(({ kind }) => kind)).not.toContain("waiting");
  expect(await room.cached("unfinished")).toEqual([]);
});

test("a caller's signal ends a run that waits for another", async () => {
  const room = await Room.open();
  const { child, compiler } = await stuckRun(room);
  const impatient = new AbortController();
  const waiting = room.provide([await room.module("hello")], {
    signal: impatient.signal,
    progress: (event) => {
      if (event.kind === "waiting") impatient.abort();
    },
  });
  await expect(waiting).rejects.toMatchObject({ problem: "interrupted" });
  expect(await processStartTime(compiler)).toBeDefined();
  child.kill("SIGINT");
  await once(child, "close");
});

test("signal handlers are there while work runs, and only then", async () => {
  const before = process.listenerCount("SIGINT");
  let during = 0;
  await interruptible(undefined, async () => {
    during = process.listenerCount("SIGINT");
  });
  expect([during, process.listenerCount("SIGINT")]).toEqual([before + 1, before]);
});
