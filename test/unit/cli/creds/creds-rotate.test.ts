import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { haulway } from "../support/haulway.ts";
import { natsResources } from "../support/nats-user-state.ts";
import { createProject, type ProjectFixture } from "../support/project.ts";

const user = "claims/api/publisher";
const up = "up dev.team.claims after a preview";

let project: ProjectFixture;
beforeEach(() => {
  project = createProject();
  project.addNatsUser("claims", "publisher");
});
afterEach(() => project.remove());

const file = () => readFileSync(join(project.directory, "environments", "dev.yaml"), "utf8");
const engine = (more: object = {}) => ({
  stacks: new Map(["dev", "dev.cluster.a", "dev.cluster.b", "dev.team.claims"].map((stack) => [stack, 3])),
  resources: { "dev.team.claims": natsResources([{ user }]) },
  ...more,
});
const rotate = (options: Partial<Parameters<typeof haulway>[1]>, ...flags: string[]) =>
  haulway(["creds", "rotate", "dev", user, ...flags], { project, engine: engine(), ...options });

describe("haulway creds rotate", () => {
  it("writes the entry, says where, and deploys that team only", async () => {
    const { code, log, stdout } = await rotate({}, "--yes", "--reason", "laptop stolen");
    expect({ code, log }).toEqual({ code: 0, log: [up] });
    const line =
      file()
        .split("\n")
        .findIndex((text) => text.includes(`user: ${user}`)) + 1;
    expect(stdout).toContain(`environments/dev.yaml:${line}: ${user} has epoch 1 now: laptop stolen\n`);
    expect(file()).toContain('epoch: 1\n        reason: "laptop stolen"\n');
    expect(stdout).toContain("haulway up dev: 1 stack, 0 changes.");
    expect(stdout).toContain("Commit environments/dev.yaml now");
  });

  it("raises the epoch with every call, also with two at the same time", async () => {
    const runs = await Promise.all([rotate({}, "--edit-only"), rotate({}, "--edit-only")]);
    expect(runs.map(({ code, log }) => ({ code, log }))).toEqual([
      { code: 0, log: [] },
      { code: 0, log: [] },
    ]);
    expect(file()).toContain("epoch: 2");
    expect(file().match(/publisher/g)).toHaveLength(1);
    expect(file()).toMatch(/reason: "rotated by hand on \d{4}-\d\d-\d\d"/);
  });

  it("takes an epoch that is not in use, although the file has been reset", async () => {
    const resources = { "dev.team.claims": natsResources([{ user, epoch: "3.4" }]) };
    await rotate({ engine: engine({ resources }) }, "--yes");
    expect(file()).toContain("epoch: 5");
  });

  it("refuses a user that is not deployed, and one of a team that is not", async () => {
    const before = file();
    const others = { "dev.team.claims": natsResources([{ user: "claims/api/other" }]) };
    const runs = [
      await rotate({ engine: engine({ resources: others }) }, "--yes"),
      await rotate({ engine: engine({ stacks: new Map([["dev", 3]]) }) }, "--edit-only"),
    ];
    for (const { code, log, stderr } of runs) {
      expect({ code, log }).toEqual({ code: 2, log: [] });
      expect(stderr).toContain("is not deployed in environment dev: there is nothing to make anew");
    }
    expect(file()).toBe(before);
  });

  it("changes the file alone without a backend, and says what it could not see", async () => {
    const unreadable = { listing: "no credentials for the backend" };
    const edited = await rotate({ engine: engine(unreadable) }, "--edit-only");
    expect(edited).toMatchObject({ code: 0, log: [] });
    expect(edited.stderr).toContain("no credentials for the backend");
    expect(file()).toContain("epoch: 1");
    const deployed = await rotate({ engine: engine(unreadable) }, "--yes");
    expect(deployed).toMatchObject({ code: 1, log: [] });
    expect(file()).toContain("epoch: 1");
  });

  it("previews and asks on a terminal, and takes the entry back when the answer is no", async () => {
    const before = file();
    const declined = await rotate({ answer: "n\n" });
    expect(declined).toMatchObject({ code: 1, log: ["preview dev.team.claims"] });
    expect(declined.stderr).toContain("Not confirmed: nothing was changed.");
    expect(file()).toBe(before);
    const confirmed = await rotate({ answer: "y\n" });
    expect(confirmed).toMatchObject({ code: 0, log: ["preview dev.team.claims", up] });
    expect(file()).not.toBe(before);
  });

  it("does nothing without a terminal and without --yes", async () => {
    const before = file();
    const { code, stderr, log } = await rotate({});
    expect({ code, log }).toEqual({ code: 2, log: [] });
    expect(stderr).toContain(`If it is meant: haulway creds rotate dev ${user} --yes`);
    expect(file()).toBe(before);
  });

  it.each([
    ["preview", { answer: "y\n" }, []],
    ["up", {}, ["--yes"]],
  ])("says how to go on when the %s fails, and keeps the entry", async (_action, options, flags) => {
    const failing = engine({ failing: { "dev.team.claims": "the token was refused" } });
    const { code, stdout, stderr } = await rotate({ ...options, engine: failing }, ...flags);
    expect(code).toBe(1);
    expect(stdout).toContain("the token was refused");
    expect(stderr).toMatch(
      /The entry stays in environments\/dev\.yaml:\d+\. To go on, .*: haulway up dev --team claims\n/,
    );
    expect(file()).toContain(user);
  });

  it("refuses a user that nobody declares, with the names that there are", async () => {
    const before = file();
    const run = await haulway(["creds", "rotate", "dev", "claims/api/publihser", "--yes"], { project });
    expect(run).toMatchObject({ code: 2, log: [] });
    expect(run.stderr).toContain(
      "(did you mean claims/api/publisher?); there are:\n  claims/api/publisher\n",
    );
    expect(file()).toBe(before);
    project.removeTeam("claims");
    const none = await rotate({}, "--yes");
    expect(none.stderr).toContain("no team declares a NATS user");
  });

  it("refuses a reason that looks like a secret, and does not repeat it", async () => {
    const seed = `SU${"A".repeat(56)}`;
    const before = file();
    const run = await rotate({}, "--yes", "--reason", seed);
    expect(run).toMatchObject({ code: 2, log: [] });
    expect(run.stdout + run.stderr).not.toContain(seed);
    expect(file()).toBe(before);
  });

  it("refuses files that are not valid, and leaves them as they are", async () => {
    project.write("teams/quoting.yaml", "spec: [");
    const before = file();
    const run = await rotate({}, "--yes");
    expect(run).toMatchObject({ code: 2, log: [] });
    expect(run.stderr).toContain("teams/quoting.yaml:1");
    expect(file()).toBe(before);
  });

  it("writes nothing that would not be valid", async () => {
    const entry = `rotations: [{ user: ${user}, epoch: 1000000 }]`;
    project.write("environments/dev.yaml", file().replace("    servers:", `    ${entry}\n    servers:`));
    const before = file();
    const run = await rotate({}, "--yes");
    expect(run).toMatchObject({ code: 2, log: [] });
    expect(file()).toBe(before);
  });

  it("says what to write by hand where it cannot edit the file without a loss", async () => {
    const text = file().replace(
      "    servers:",
      `    rotations:\n      - user: ${user}\n        reason: >- # why\n          stolen\n        epoch: 1\n    servers:`,
    );
    project.write("environments/dev.yaml", text);
    const run = await rotate({}, "--yes", "--reason", "stolen");
    expect(run).toMatchObject({ code: 1, log: [] });
    expect(run.stderr).toContain(`- { user: ${user}, epoch: 2, reason: "stolen" }`);
    expect(file()).toBe(text);
  });
});
