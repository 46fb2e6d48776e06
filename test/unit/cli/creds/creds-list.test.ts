import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { credentialStatuses } from "../../../../cli/creds/credential-status.ts";
import { deployedUsers } from "../../../../cli/creds/deployed-user.ts";
import { formatAge, renderCredentialsTable } from "../../../../cli/render/credentials-table.ts";
import { haulway } from "../support/haulway.ts";
import { type NatsUserState, natsResources, type RetirementState } from "../support/nats-user-state.ts";
import { createProject, type ProjectFixture } from "../support/project.ts";

const now = Date.UTC(2026, 10, 21) / 1000;
const day = 86_400;

/** A user as a stack's state has it: issued ten days ago, never made anew, unless said otherwise. */
function user(more: Partial<NatsUserState> = {}): NatsUserState {
  return { user: "claims/intake/publisher", issuedAt: now - 10 * day, ...more };
}

function statuses(users: readonly NatsUserState[], retirement: RetirementState = {}) {
  return credentialStatuses("claims", deployedUsers(natsResources(users, retirement)).users, now);
}

const superseded = [{ publicKey: "UOLD", issuedAt: now - 100 * day, retireAt: now + day }];

function stacks(...names: string[]) {
  return new Map(names.map((name) => [name, 3]));
}

function table(users: readonly NatsUserState[], options: { columns?: number; color?: boolean } = {}) {
  return renderCredentialsTable(statuses(users), { now, columns: 80, color: false, ...options });
}

describe("credentialStatuses", () => {
  it.each([
    ["one that nothing happens to", {}, { rotation: "never", generationsAlive: 1, expiresAt: null }],
    [
      "one that waits for its window",
      { every: 11 * day },
      { rotation: "scheduled", rotateAt: "2026-11-22T00:00:00Z" },
    ],
    ["one whose window is open", { every: 10 * day }, { rotation: "due" }],
    [
      "one that was rotated",
      { superseded },
      {
        generationsAlive: 2,
        superseded: [
          { publicKey: "UOLD", issuedAt: "2026-08-13T00:00:00Z", retireAt: "2026-11-22T00:00:00Z" },
        ],
      },
    ],
    ["one that expires", { expiresAt: now + day }, { expired: false, generationsAlive: 1 }],
    ["one that has expired", { expiresAt: now }, { expired: true, generationsAlive: 0 }],
    ["one without credentials", { issuedAt: 0 }, { issuedAt: null, generationsAlive: 0 }],
  ])("%s", (_what, more, expected) => {
    expect(statuses([user(more)])).toMatchObject([expected]);
  });

  it.each([
    ["nothing is revoked", {}, ["UOLDEST", "UOLD"]],
    ["what is older than one of them is", { "claims/intake/publisher": `UOLD.${now - 50 * day}` }, ["UOLD"]],
    ["what is older than the present one is", { "claims/intake/publisher": `UNEW.${now - 10 * day}` }, []],
    [
      "a generation is named that is long gone",
      { "claims/intake/publisher": "UOLDER.1" },
      ["UOLDEST", "UOLD"],
    ],
    ["it is another user's", { "claims/intake/other": `UNEW.${now - 10 * day}` }, ["UOLDEST", "UOLD"]],
  ])("counts the generations that work where %s", (_where, retired, alive) => {
    const older = [
      { publicKey: "UOLDEST", issuedAt: now - 100 * day, retireAt: now },
      { publicKey: "UOLD", issuedAt: now - 50 * day, retireAt: now + day },
    ];
    const [status] = statuses([user({ superseded: older })], { retired });
    expect(status?.superseded.map(({ publicKey }) => publicKey)).toEqual(alive);
    expect(status?.generationsAlive).toBe(alive.length + 1);
  });
});

/** How many generations work, and the former ones among them. */
function alive(users: readonly NatsUserState[], retirement: RetirementState = {}) {
  return statuses(users, retirement).map(({ superseded, generationsAlive }) => [
    generationsAlive,
    ...superseded.map(({ publicKey, retireAt }) => `${publicKey} ${retireAt ?? "?"}`),
  ]);
}

describe("a user that was replaced", () => {
  const old = { publicKey: "UOLD", issuedAt: now - 90 * day };
  const replaced = { ...old, retireAt: now };
  const entry = { user: "claims/intake/publisher", publicKey: "UNEW", issuedAt: now - 10 * day };
  it("has its credentials counted until it is deleted, whatever the run got to", () => {
    const both = [user(), user({ ...old, leaving: true })];
    expect(alive(both)).toEqual([[2, "UOLD ?"]]);
    expect(alive(both, { users: [{ ...entry, superseded: [replaced] }] })).toEqual([
      [2, "UOLD 2026-11-21T00:00:00Z"],
    ]);
  });

  it("is forgotten when they are revoked", () => {
    const retired = { "claims/intake/publisher": `UNEW.${now - 10 * day}` };
    expect(alive([user()], { users: [{ ...entry, superseded: [replaced] }], retired })).toEqual([[1]]);
  });

  it("is remembered by what was noted of it, also when the user has younger credentials since", () => {
    const users = [{ ...entry, ...old, superseded: [] }];
    expect(alive([user()], { users })).toEqual([[2, "UOLD ?"]]);
  });
});

describe("renderCredentialsTable", () => {
  it("fits 80 columns, and shortens nothing", () => {
    const reason =
      "permissions changed: +publish claims.commands.>, -subscribe claims.everything.that.there.ever.was";
    const users = [
      user({ reason, every: 90 * day, expiresAt: now + 90 * day }),
      user({ user: "claims/assessor/subscriber", every: day, superseded }),
    ];
    expect(table(users).split("\n")).toEqual([
      "USER                        AGE  EXPIRES     ROTATES     ALIVE  REASON",
      "claims/assessor/subscriber  10d  never       due         2      created",
      "claims/intake/publisher     10d  2027-02-19  2027-02-09  1      permissions",
      "                                                                changed:",
      "                                                                +publish",
      "                                                                claims.commands.",
      "                                                                >, -subscribe",
      "                                                                claims.everythin",
      "                                                                g.that.there.eve",
      "                                                                r.was",
    ]);
  });

  it("uses the room that there is, and is wider than asked where names are long", () => {
    const reason = "permissions changed: +publish claims.commands.>";
    expect(table([user({ reason })], { columns: 120 }).split("\n")).toHaveLength(2);
    expect(table([user({ user: `claims/intake/${"x".repeat(60)}` })]).split("\n")[1]).toMatch(/created$/);
  });

  it("has colours on a terminal only", () => {
    expect(table([user({ every: 1 })], { color: true })).toContain("\u001b[33mdue");
    expect(table([user({ every: 1 })])).not.toContain("\u001b");
  });

  it.each([
    [-5, "0m"],
    [59, "0m"],
    [3599, "59m"],
    [3600, "1h"],
    [86_399, "23h"],
    [40 * day, "40d"],
  ])("an age of %d s is %s", (age, text) => {
    expect(formatAge(age)).toBe(text);
  });
});

describe("haulway creds list", () => {
  let project: ProjectFixture;
  beforeEach(() => {
    project = createProject();
  });
  afterEach(() => project.remove());

  const list = (engine: Parameters<typeof haulway>[1]["engine"], ...flags: string[]) =>
    haulway(["creds", "list", "dev", ...flags], { project, ...(engine && { engine }) });

  it("lists users, notes on stderr which teams are missing, and exits with 0", async () => {
    const run = await list({
      stacks: stacks("dev", "dev.team.claims"),
      resources: { "dev.team.claims": natsResources([user({ every: 1 })]) },
    });
    expect(run).toMatchObject({ code: 0, log: [] });
    expect(run.stdout).toMatch(/^USER .*\nclaims\/intake\/publisher .* due .*\n1 due: .* haulway up dev\n$/);
    expect(run.stderr).toBe("team quoting: not deployed yet: haulway up dev --team quoting\n");
  });

  it("prints one document with stable names", async () => {
    const engine = {
      stacks: stacks("dev", "dev.team.claims", "dev.team.gone", "dev.team.quoting"),
      resources: {
        "dev.team.claims": natsResources([user({ issuedAt: 1_700_000_000 })]),
        "dev.team.gone": natsResources([]),
      },
    };
    const { stdout, code } = await list(engine, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      environment: "dev",
      users: [
        {
          user: "claims/intake/publisher",
          team: "claims",
          name: "dev.claims.intake.publisher",
          publicKey: "UNEW",
          issuedAt: "2023-11-14T22:13:20Z",
          expiresAt: null,
          rotateAt: null,
          rotation: "never",
          expired: false,
          generationsAlive: 1,
          reason: "created",
          epoch: "0.0",
          superseded: [],
        },
      ],
      skipped: [],
    });
  });

  it("fails, and shows the rest, where a stack was deployed by a version that wrote another state", async () => {
    const run = await list({
      stacks: stacks("dev", "dev.team.claims", "dev.team.quoting"),
      resources: {
        "dev.team.claims": natsResources([user()]),
        "dev.team.quoting": natsResources([user()]).map((resource) => ({ ...resource, inputs: {} })),
      },
    });
    expect(run.code).toBe(1);
    expect(run.stdout).toContain("claims/intake/publisher");
    expect(run.stderr).toMatch(
      /^team quoting: another version of haulway .* haulway up dev --team quoting\n$/,
    );
  });

  it("says that the environment is not up, that there is none of this name, or no user", async () => {
    const down = await list({ stacks: stacks("prod") });
    expect(down).toMatchObject({ code: 1, stdout: "" });
    expect(down.stderr).toContain("Environment dev is not up");
    expect(down.stderr).toContain("haulway up dev");
    const unknown = await haulway(["creds", "list", "dve"], { project });
    expect(unknown).toMatchObject({ code: 2, stdout: "" });
    expect(unknown.stderr).toContain("did you mean dev?");
    const none = await list({ stacks: stacks("dev") });
    expect(none).toMatchObject({ code: 0, stdout: "There are no NATS users in environment dev.\n" });
  });
});
