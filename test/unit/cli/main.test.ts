import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FakeEngine } from "./support/fake-stack-runner.ts";
import { haulway as runHaulway } from "./support/haulway.ts";
import { createProject, type ProjectFixture } from "./support/project.ts";

const all = ["dev", "dev.cluster.a", "dev.cluster.b", "dev.team.claims", "dev.team.quoting"];
const deployed = () => new Map(all.map((stack) => [stack, 3]));

let project: ProjectFixture;
/** Where the command hears of Ctrl-C. */
let interrupts: EventEmitter;
beforeEach(() => {
  project = createProject();
  interrupts = new EventEmitter();
});
afterEach(() => {
  project.remove();
});

/** Runs `haulway` as if typed, without a terminal, on a fake engine. */
async function haulway(args: string, engine?: FakeEngine) {
  const run = await runHaulway(args.split(" ").filter(Boolean), {
    project,
    interrupts,
    ...(engine && { engine }),
  });
  expect(interrupts.listenerCount("SIGINT")).toBe(0);
  return run;
}

describe("haulway", () => {
  it("explains itself", async () => {
    const { code, stdout } = await haulway("--help");
    expect(code).toBe(0);
    expect(stdout).toContain("haulway up dev --team claims");
    expect((await haulway("up --help")).stdout).toContain("--wait-timeout <seconds>");
  });

  it.each([
    ["", "Usage: haulway"],
    ["frobnicate", "unknown command 'frobnicate'"],
    ["up", "missing required argument 'environment'"],
    ["up dev --parallel 0", "Expected a whole number, at least 1."],
    ["up dev --wait-timeout soon", "Expected a whole number, at least 1."],
    ["up dev --team nobody", "its teams are: claims, quoting"],
    ["preview dev --cluster c", "its clusters are: a, b"],
    ["up nowhere", "environments/nowhere.yaml: does not exist"],
    ["preview dev --yes", "unknown option '--yes'"],
  ])("refuses `%s` with code 2 and without touching a stack", async (args, message) => {
    const { code, stderr, log } = await haulway(args);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at ");
    expect({ code, log }).toEqual({ code: 2, log: [] });
  });
});

describe("haulway validate", () => {
  it("says what is valid", async () => {
    expect(await haulway("validate")).toMatchObject({
      code: 0,
      stdout: "environment dev: valid, with 2 teams\n",
      stderr: "",
    });
  });

  it("reports every problem once, on stderr", async () => {
    project.write(
      "teams/claims.yaml",
      "apiVersion: haulway.dev/v1alpha1\nkind: Team\nmetadata: { name: claims }\nspec: {}\n",
    );
    const { code, stderr, stdout } = await haulway("validate dev");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^teams\/claims\.yaml:4 /);
    expect(new Set(stderr.trim().split("\n")).size).toBe(stderr.trim().split("\n").length);
  });

  it("prints one JSON document with --json, whatever it finds", async () => {
    expect(JSON.parse((await haulway("validate --json")).stdout)).toEqual({
      valid: true,
      environments: [{ name: "dev", teams: 2, problems: [] }],
    });
    project.write("teams/claims.yaml", "spec: [");
    const { code, stdout } = await haulway("validate --json");
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      environments: [{ problems: [{ file: "teams/claims.yaml" }] }],
    });
  });
});

describe("haulway up", () => {
  it("deploys everything in order, then nothing", async () => {
    const engine = { stacks: new Map<string, number>() };
    const first = await haulway("up dev", engine);
    expect(first.log).toEqual(all.map((stack) => `up ${stack}`));
    expect(first.stdout).toContain("done   dev: 3 created");
    expect(first.stdout.trim().split("\n").at(-1)).toBe("haulway up dev: 5 stacks, 15 created.");
    const second = await haulway("up dev", engine);
    expect(second.stdout.trim().split("\n").at(-1)).toBe("haulway up dev: 5 stacks, 0 changes.");
    expect([first.code, second.code]).toEqual([0, 0]);
  });

  it("touches one team's stack only with --team", async () => {
    const { log } = await haulway("up dev --team claims", { stacks: deployed() });
    expect(log).toEqual(["up dev.team.claims"]);
  });

  it("goes on with what does not depend on a failed stack, and exits with 1", async () => {
    const { code, log, stdout } = await haulway("up dev", {
      stacks: deployed(),
      failing: { "dev.cluster.a": "Vpc main: quota\nWhen that is mended, run again" },
    });
    expect(code).toBe(1);
    expect(log).toContain("up dev.team.quoting");
    expect(log).not.toContain("up dev.team.claims");
    expect(stdout).toContain("failed dev.cluster.a: Vpc main: quota");
    expect(stdout).toContain("dev.cluster.a failed:\n  Vpc main: quota\n  When that is mended, run again\n");
    expect(stdout).toContain("dev.team.claims was skipped: needs dev.cluster.a, which failed");
  });

  it("removes a team without a file only when --yes says so, before anything is changed", async () => {
    project.removeTeam("quoting");
    const refused = await haulway("up dev", { stacks: deployed() });
    expect(refused).toMatchObject({ code: 2, log: [] });
    expect(refused.stderr).toContain("dev.team.quoting (3 resources)");
    expect(refused.stderr).toContain("haulway up dev --yes");
    const engine = { stacks: deployed() };
    const done = await haulway("up dev --yes", engine);
    expect(done.code).toBe(0);
    expect(done.log).toContain("destroy dev.team.quoting");
    expect([...engine.stacks.keys()]).not.toContain("dev.team.quoting");
  });

  it("keeps stdout for one JSON document with --json", async () => {
    const { code, stdout, stderr } = await haulway("up dev --json", {
      stacks: deployed(),
      failing: { "dev.team.claims": "no" },
    });
    expect(code).toBe(1);
    expect(stderr).toContain("failed dev.team.claims: no");
    const result: unknown = JSON.parse(stdout);
    expect(result).toMatchObject({ environment: "dev", operation: "up", succeeded: false, applications: [] });
    expect(result).toMatchObject({
      stacks: [
        { name: "dev", operation: "up", result: "succeeded", changes: { create: 0, same: 3 } },
        {},
        {},
        { name: "dev.team.claims", result: "failed", message: "no" },
        {},
      ],
    });
  });

  it("never prints an output, secret or not", async () => {
    const output = { value: "hunter2", secret: true };
    const { stdout, stderr } = await haulway("up dev --json --no-wait", {
      stacks: deployed(),
      outputs: Object.fromEntries(all.map((stack) => [stack, { token: output }])),
    });
    expect(stdout + stderr).not.toContain("hunter2");
  });

  it("ends what runs when interrupted, begins nothing more, says how to go on, and exits with 130", async () => {
    const { code, log, stdout } = await haulway("up dev", {
      stacks: deployed(),
      during: () => interrupts.emit("SIGINT"),
    });
    expect({ code, log }).toEqual({ code: 130, log: ["up dev"] });
    expect(stdout).toContain("haulway up dev: interrupted. What was done is kept; run it again to go on.");
  });

  it("says that the environment has to be there first", async () => {
    const { code, stdout } = await haulway("up dev --team claims");
    expect(code).toBe(1);
    expect(stdout).toContain("is not deployed yet; run this first: haulway up dev");
  });
});

describe("a stack with NATS users", () => {
  const line = "rotate claims/api/publisher: permissions changed; rolls Deployment claims/api on a";
  beforeEach(() => project.addNatsUser("claims", "publisher"));

  it("is previewed before it is changed, and no other is", async () => {
    const { log } = await haulway("up dev", { stacks: deployed() });
    expect(log).toEqual(
      all.map((stack) => `up ${stack}${stack === "dev.team.claims" ? " after a preview" : ""}`),
    );
  });

  it.each([
    "preview",
    "up",
  ])("has its providers heard in %s: live, at the end, and in the document", async (command) => {
    const engine = { stacks: deployed(), telling: { "dev.team.claims": [line, line] } };
    const { stdout } = await haulway(`${command} dev`, engine);
    expect(stdout.split("\n").filter((one) => one === line)).toHaveLength(1);
    expect(stdout).toContain(`\ndev.team.claims:\n  ${line}\nhaulway ${command} dev: 5 stacks`);
    const json = await haulway(`${command} dev --team claims --json`, engine);
    expect(JSON.parse(json.stdout)).toMatchObject({ stacks: [{ name: "dev.team.claims", notes: [line] }] });
    expect(json.stderr).toContain(line);
  });
});

describe("haulway preview", () => {
  it("succeeds on an environment that is not deployed, as far as it goes", async () => {
    const { code, log, stdout } = await haulway("preview dev");
    expect({ code, log }).toEqual({ code: 0, log: ["preview dev"] });
    expect(stdout).toContain("3 to create, 4 skipped. To see each change: pulumi preview --diff --stack dev");
  });

  it("shows removals without asking", async () => {
    project.removeTeam("quoting");
    const { code, log } = await haulway("preview dev", { stacks: deployed() });
    expect(code).toBe(0);
    expect(log).toContain("preview-destroy dev.team.quoting");
  });
});

describe("haulway destroy", () => {
  it("asks, then destroys teams, clusters, platform", async () => {
    expect(await haulway("destroy dev", { stacks: deployed() })).toMatchObject({ code: 2, log: [] });
    const engine = { stacks: deployed() };
    const { code, log } = await haulway("destroy dev --yes --parallel 1", engine);
    expect(code).toBe(0);
    expect(log).toEqual([3, 4, 1, 2, 0].map((index) => `destroy ${all[index] ?? ""}`));
    expect(engine.stacks.size).toBe(0);
    expect((await haulway("destroy dev --yes", engine)).stdout).toBe("haulway destroy dev: nothing to do.\n");
  });
});
