import { readdir, readFile, readlink } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { Project } from "./support/sandbox.ts";

const project = new Project(inject("sandbox"));

/** The processes that have anything to do with the environment: by arguments, working directory or environment. */
async function processes(): Promise<string[]> {
  const found: string[] = [];
  for (const id of (await readdir("/proc")).filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  )) {
    const [line, cwd] = await Promise.all([
      readFile(`/proc/${id}/cmdline`, "latin1").catch(() => ""),
      readlink(`/proc/${id}/cwd`).catch(() => ""),
    ]);
    if (line.includes(project.directory) || cwd.startsWith(project.directory)) {
      found.push(`${id} ${line.replaceAll("\0", " ")}`);
    }
  }
  return found;
}

function listens(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", () => done(false));
  });
}

describe("npm run local:down", () => {
  it("leaves no process, no port and no file", async () => {
    const ports = Object.values(
      JSON.parse(await readFile(join(project.directory, ".local/ports.json"), "utf8")) as Record<
        string,
        number
      >,
    );
    expect(ports.length).toBeGreaterThan(10);
    expect((await Promise.all(ports.map(listens))).filter(Boolean).length).toBeGreaterThan(10);
    expect((await processes()).length).toBeGreaterThan(10);

    const down = await project.npm("run", "local:down");
    expect(down.code, down.stdout + down.stderr).toBe(0);

    expect(await processes()).toEqual([]);
    expect((await Promise.all(ports.map(listens))).filter(Boolean)).toEqual([]);
    const left = (await readdir(project.directory)).filter(
      (name) => name === ".local" || name.startsWith("Pulumi.local"),
    );
    expect(left).toEqual([]);
  });

  it("has nothing to do the second time, and says so", async () => {
    const down = await project.npm("run", "local:down");
    expect(down.code, down.stdout + down.stderr).toBe(0);
    expect(down.stdout + down.stderr).toMatch(/nothing|not running/i);
  });

  it("is named by a status that finds no environment", async () => {
    const status = await project.haulway("local", "status");
    expect(status.stdout + status.stderr).toContain("npm start");
  });
});
