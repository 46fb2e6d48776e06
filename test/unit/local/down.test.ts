import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeFileAtomically } from "../../../local/atomic-file.ts";
import { describeDown, localDown } from "../../../local/down.ts";
import { type Layout, layout, localDirectory } from "../../../local/layout.ts";
import { withLock } from "../../../local/lock.ts";
import { isRunning, processStartTime } from "../../../local/processes/process-identity.ts";
import { startProcesses } from "../../../local/processes/start-processes.ts";
import { UserError } from "../../../model/user-error.ts";

describe("local down", () => {
  let project: string;
  let paths: Layout;
  beforeEach(async () => {
    project = await mkdtemp(join(tmpdir(), "haulway-down-"));
    paths = layout(localDirectory(project));
  });
  afterEach(async () => {
    await localDown(project);
    await rm(project, { recursive: true });
  });

  it("has nothing to do where there is no environment, and says so", async () => {
    const result = await localDown(project);
    expect(result).toEqual({ processes: 0, directory: false, settings: [] });
    expect(describeDown(result)).toContain("nothing to do");
    expect(await readdir(project)).toEqual([]);
  });

  it("ends the processes and removes the directory and the settings of the environment's stacks, but no others", async () => {
    const files = ["Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.locality.yaml", "index.ts"];
    const settings = ["Pulumi.local.team.claims.yaml", "Pulumi.local.yaml"];
    for (const file of [...files, ...settings]) await writeFile(join(project, file), "");
    await startProcesses(
      [
        {
          name: "one",
          command: process.execPath,
          args: ["--eval", "setInterval(() => {}, 1000)"],
          ready: () => Promise.resolve(true),
        },
      ],
      { layout: paths },
    );
    const result = await localDown(project);
    expect(result).toEqual({ processes: 1, directory: true, settings });
    expect(describeDown(result)).toContain("1 process ended, removed .local/, Pulumi.local.team.claims.yaml");
    expect((await readdir(project)).sort()).toEqual(files.sort());
    expect(describeDown(await localDown(project))).toContain("nothing to do");
  });

  it.each([
    ["a record that is damaged", (at: Layout) => writeFileAtomically(at.processes.record("etcd"), "{")],
    [
      "a record whose process is gone",
      (at: Layout) => writeFileAtomically(at.processes.record("etcd"), goneRecord),
    ],
    ["a damaged list of ports", (at: Layout) => writeFileAtomically(at.portsFile, "?")],
    [
      "a directory in a file's place",
      async (at: Layout) => void (await mkdir(at.settingsFile, { recursive: true })),
    ],
    [
      "a lock whose holder is gone and who was not told",
      (at: Layout) => writeFileAtomically(at.lockHolder, '{"pid":1}'),
    ],
  ])("removes an environment with %s", async (_, damage) => {
    await damage(paths);
    expect((await localDown(project)).directory).toBe(true);
    expect(await readdir(project)).toEqual([]);
  });
});

const goneRecord = JSON.stringify({
  name: "etcd",
  pid: 1,
  startTime: "another boot/1",
  commandHash: "",
  wave: 1,
});

describe("the lock", () => {
  let paths: Layout;
  beforeEach(async () => {
    paths = layout(await mkdtemp(join(tmpdir(), "haulway-lock-")));
  });
  afterEach(() => rm(paths.root, { recursive: true }));

  it("lets one in at a time, and tells the other who it is", async () => {
    const error: unknown = await withLock(paths, () =>
      withLock(paths, () => Promise.resolve()).catch((reason: unknown) => reason),
    );
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain(`process ${process.pid}`);
    expect(await withLock(paths, () => Promise.resolve("in"))).toBe("in");
  });

  it("is given back after a failure", async () => {
    await expect(withLock(paths, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(await withLock(paths, () => Promise.resolve("in"))).toBe("in");
    expect(await readdir(paths.root)).toEqual([]);
  });

  it("is taken over from a process that was killed, and not from one that lives", async () => {
    const child = spawn(process.execPath, ["--eval", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    const pid = child.pid ?? 0;
    const startTime = (await processStartTime(pid)) ?? "";
    await mkdir(paths.lock);
    await writeFileAtomically(paths.lockHolder, JSON.stringify({ pid, startTime }));
    await expect(withLock(paths, () => Promise.resolve())).rejects.toThrow(`process ${pid}`);
    child.kill("SIGKILL");
    while (await isRunning({ pid, startTime }));
    expect(await withLock(paths, () => Promise.resolve("in"))).toBe("in");
  }, 60_000);
});
