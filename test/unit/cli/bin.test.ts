import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** A project of nothing but the scripts, a lock file, and sources to compile. */
let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "haulway-bin-"));
  cpSync(join(root, "cli/bin"), join(project, "cli/bin"), { recursive: true });
  write("package-lock.json", "{}");
  write("providers/package.json", "{}");
  write("providers/tsconfig.json", "{}");
  write("providers/src/index.ts", "export {};");
});
afterEach(() => {
  rmSync(project, { recursive: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), text);
}

/** Runs a script of the project's cli/bin, with `npm` replaced by a script that records its arguments and does what npm would. */
async function run(
  script: string,
  args: readonly string[],
  options: { npm?: string; node?: readonly string[] } = {},
) {
  write(
    "npm.cjs",
    `const fs = require("node:fs"); const args = process.argv.slice(2);
     fs.appendFileSync("npm.log", args.join(" ") + "\\n");
     ${options.npm ?? ""}
     if (args[0] === "ci") { fs.rmSync("node_modules", { recursive: true, force: true }); fs.mkdirSync("node_modules/.bin", { recursive: true }); fs.writeFileSync("node_modules/.package-lock.json", "{}"); }
     else { fs.mkdirSync("providers/dist", { recursive: true }); fs.writeFileSync("providers/dist/index.js", ""); }
     console.log("npm says a lot");`,
  );
  const child = spawn(
    process.execPath,
    [...(options.node ?? []), join(project, "cli/bin", script), ...args],
    {
      cwd: project,
      env: { ...process.env, npm_execpath: join(project, "npm.cjs"), NODE_OPTIONS: "" },
    },
  );
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr.on("data", (data: Buffer) => {
    stderr += data.toString();
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  return { code, stdout, stderr };
}

function npmCalls(): string[] {
  const log = join(project, "npm.log");
  return existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
}

const print = ["-e", "console.log(process.env.PATH.split(require('node:path').delimiter)[0])"];

describe("with-dependencies", () => {
  it("installs and compiles what is missing, once, in a line each, then runs the command", async () => {
    const first = await run("with-dependencies.mjs", [process.execPath, ...print]);
    expect(first).toMatchObject({ code: 0, stdout: `${join(project, "node_modules/.bin")}\n` });
    expect(first.stderr.trim().split("\n")).toHaveLength(2);
    expect(first.stderr).not.toContain("npm says a lot");
    const second = await run("with-dependencies.mjs", [process.execPath, ...print]);
    expect(second).toMatchObject({ code: 0, stderr: "" });
    expect(npmCalls()).toEqual(["ci", "run build --workspace providers"]);
  });

  it("does each again when what it was made from has changed", async () => {
    await run("with-dependencies.mjs", [process.execPath, "-e", ""]);
    write("providers/src/nested/more.ts", "export {};");
    await run("with-dependencies.mjs", [process.execPath, "-e", ""]);
    write("package-lock.json", '{ "changed": true }');
    utimesSync(join(project, "node_modules/.package-lock.json"), 0, 0);
    await run("with-dependencies.mjs", [process.execPath, "-e", ""]);
    expect(npmCalls()).toEqual([
      "ci",
      "run build --workspace providers",
      "run build --workspace providers",
      "ci",
      "run build --workspace providers",
    ]);
  });

  it("shows what npm said and the way out when it fails, and does not run the command", async () => {
    const npm = 'console.error("npm error network timeout"); process.exit(3);';
    const { code, stdout, stderr } = await run("with-dependencies.mjs", [process.execPath, ...print], {
      npm,
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("npm error network timeout");
    expect(stderr).toContain("npm ci failed: exit code 3");
  });

  it.each([
    ["process.exit(7)", 7],
    ["process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000)", 143],
  ])("ends as its command ends: %s", async (program, code) => {
    expect((await run("with-dependencies.mjs", [process.execPath, "-e", program])).code).toBe(code);
  });

  it("passes an interrupt on to its command", async () => {
    const program =
      "process.on('SIGINT', () => process.exit(42)); process.kill(process.ppid, 'SIGINT'); setInterval(() => {}, 1000)";
    expect((await run("with-dependencies.mjs", [process.execPath, "-e", program])).code).toBe(42);
  });

  it("says so where there is no such command, or none at all", async () => {
    const missing = await run("with-dependencies.mjs", ["no-such-command"]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain("Cannot run no-such-command");
    expect((await run("with-dependencies.mjs", [])).code).toBe(2);
  });
});

/** Arguments that make Node take itself for another version. */
const pretend = (version: string) => {
  write(
    "old.cjs",
    `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });`,
  );
  return ["--require", join(project, "old.cjs")];
};

describe("a Node that is too old", () => {
  it.each([
    "haulway.mjs",
    "with-dependencies.mjs",
  ])("%s names what it found and needs, and the way out", async (script) => {
    for (const version of ["16.20.2", "20.18.3"]) {
      const { code, stderr } = await run(script, ["--help"], { node: pretend(version) });
      expect(code).toBe(1);
      expect(stderr).toContain(`Haulway needs Node 20.19 or newer; this is Node ${version}`);
      expect(stderr).toContain("https://nodejs.org");
    }
    expect(npmCalls()).toEqual([]);
  });

  it("is told apart from newer ones", async () => {
    for (const version of ["20.19.0", "22.1.0", "100.0.0"]) {
      expect(
        (await run("with-dependencies.mjs", [process.execPath, "-e", ""], { node: pretend(version) })).code,
      ).toBe(0);
    }
  });

  it("is older than what package.json asks for", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      engines: { node: string };
    };
    const source = readFileSync(join(root, "cli/bin/node-version.mjs"), "utf8");
    expect(source).toContain(`neededNode = "${manifest.engines.node.replace(">=", "")}"`);
  });

  it("can read the scripts that tell it", () => {
    for (const script of ["haulway.mjs", "with-dependencies.mjs", "node-version.mjs"]) {
      const source = readFileSync(join(root, "cli/bin", script), "utf8");
      expect(source).not.toMatch(/\?\.\w|\?\?|^\s*await |^import .* from "(?!\.\/node-version\.mjs)/m);
    }
  });
});

describe("haulway without its dependencies", () => {
  it("names the command that installs them", async () => {
    const { code, stderr } = await run("haulway.mjs", ["--help"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/Cannot find package 'tsx'[\s\S]*npm ci/);
  });
});
