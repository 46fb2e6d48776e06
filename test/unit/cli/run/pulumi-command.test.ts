import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GroupedPulumiCommand, PulumiError } from "../../../../cli/run/pulumi-command.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "haulway-pulumi-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** Puts a script in place of `pulumi`: `body` is what it does for anything but `pulumi version`. */
function install(body: string, version = "3.259.0"): NodeJS.ProcessEnv {
  const file = join(directory, "pulumi");
  writeFileSync(
    file,
    `#!${process.execPath}\nif (process.argv[2] === "version") { console.log(${JSON.stringify(version)}); } else { ${body} }\n`,
  );
  chmodSync(file, 0o755);
  return { PATH: directory, MARK: "given" };
}

describe("GroupedPulumiCommand", () => {
  it("says what to do where there is no pulumi, or something else of that name", async () => {
    await expect(GroupedPulumiCommand.find({ PATH: `:${directory}` })).rejects.toThrow(
      "is not on the PATH. Install it",
    );
    await expect(GroupedPulumiCommand.find({})).rejects.toThrow("is not on the PATH");
    await expect(GroupedPulumiCommand.find(install("", "hello"))).rejects.toThrow(
      'is not a Pulumi CLI: "pulumi version" printed "hello"',
    );
  });

  it("runs without prompts, with exactly the variables given", async () => {
    const body = "console.log(JSON.stringify({ args: process.argv.slice(2), env: process.env }))";
    const pulumi = await GroupedPulumiCommand.find(install(body));
    expect(String(pulumi.version)).toBe("3.259.0");
    const { stdout } = await pulumi.run(["up"], directory, { MORE: "1" });
    expect(JSON.parse(stdout)).toEqual({
      args: ["up", "--non-interactive"],
      env: expect.objectContaining({ MARK: "given", MORE: "1", PULUMI_SKIP_UPDATE_CHECK: "true" }) as unknown,
    });
    expect(JSON.parse(stdout)).not.toHaveProperty("env.HOME");
  });

  it("keeps the output of a failed command out of its message", async () => {
    const pulumi = await GroupedPulumiCommand.find(
      install('console.error("error: hunter2"); process.exit(6)'),
    );
    const error: unknown = await pulumi.run(["up"], directory, {}).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PulumiError);
    expect(error).toMatchObject({ message: "pulumi up ended with code 6", stderr: "error: hunter2\n" });
  });

  it("interrupts once when asked to end, and again when asked to stop at once", async () => {
    const body = `let count = 0; setInterval(() => {}, 1000);
      process.on("SIGINT", () => { count += 1; console.log("interrupt " + count); if (count === 2) process.exit(1); });
      console.log("ready");`;
    const [end, terminate] = [new AbortController(), new AbortController()];
    const pulumi = await GroupedPulumiCommand.find(install(body), terminate.signal);
    const seen: string[] = [];
    const onOutput = (text: string) => {
      seen.push(text.trim());
      if (text.includes("ready")) end.abort();
      if (text.includes("interrupt 1")) terminate.abort();
    };
    const run = pulumi.run(["up"], directory, {}, onOutput, undefined, end.signal);
    await expect(run).rejects.toThrow("pulumi up ended with code 1");
    expect(seen).toEqual(["ready", "interrupt 1", "interrupt 2"]);
  });

  it("runs in a process group of its own, which Ctrl-C on the terminal does not reach", async () => {
    const body =
      'console.log(require("node:fs").readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ")[2], process.pid)';
    const pulumi = await GroupedPulumiCommand.find(install(body));
    const { stdout } = await pulumi.run(["up"], directory, {});
    const [group, pid] = stdout.trim().split(" ");
    expect(group).toBe(pid);
  });
});
