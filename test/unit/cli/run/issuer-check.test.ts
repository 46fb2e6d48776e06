import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { issuerProblem } from "../../../../cli/run/issuer-check.ts";
import { type Layout, layout } from "../../../../local/layout.ts";
import { ensureNatsOperator } from "../../../../local/nats/nats-operator.ts";
import { ACCOUNT_ID, startSynadia, type TestSynadia } from "../../stand-ins/support/synadia.ts";
import { haulway } from "../support/haulway.ts";
import { createProject, environmentFile, type ProjectFixture } from "../support/project.ts";

let paths: Layout;
let synadia: TestSynadia;
beforeAll(async () => {
  paths = layout(await mkdtemp(join(tmpdir(), "haulway-issuer-")));
  await ensureNatsOperator(paths);
  // Nothing listens on this port: the API answers all the same.
  synadia = await startSynadia(paths, "nats://127.0.0.1:9");
});
afterAll(async () => {
  await synadia.close();
  await rm(paths.root, { recursive: true, force: true });
});
beforeEach(() => synadia.admin("DELETE", "/calls"));

const calls = async () => (await synadia.admin("GET", "/calls")).json;

/** The account of the stand-in, as an environment names it. */
function issuer() {
  return {
    kind: "synadia" as const,
    url: synadia.url,
    accountId: ACCOUNT_ID,
    signingKeyGroup: "Default",
    tokenFrom: "SYNADIA_TOKEN",
    parallelCalls: 8,
  };
}

function stacks(...names: string[]) {
  return { stacks: new Map(names.map((name) => [name, 3])) };
}

describe("issuerProblem", () => {
  it("finds none with secrets that only the variables of the run have, and changes nothing", async () => {
    const variables = { SYNADIA_TOKEN_FILE: paths.synadia.tokenFile };
    expect(await issuerProblem(issuer(), variables)).toBeUndefined();
    expect(Object.keys(await calls()).filter((operation) => !/^(?:get|list)/.test(operation))).toEqual([]);
  });

  it.each([
    ["no token", {}, {}, "nats.synadia.tokenFrom names the variable SYNADIA_TOKEN"],
    ["a wrong token", {}, { SYNADIA_TOKEN: "uat_wrong" }, "nats.synadia.tokenFrom (SYNADIA_TOKEN)"],
    ["no such account", { accountId: "2abcdefghijklmnopqrstuvwxyz" }, undefined, "nats.synadia.accountId"],
    ["no such group", { signingKeyGroup: "Other" }, undefined, "nats.synadia.signingKeyGroup"],
  ])("names the setting where there is %s", async (_what, settings, variables, message) => {
    const given = variables ?? { SYNADIA_TOKEN_FILE: paths.synadia.tokenFile };
    const problem = await issuerProblem({ ...issuer(), ...settings }, given);
    expect(problem).toContain(message);
    expect(problem).not.toContain("uat_wrong");
  });

  it("ends when it is not to go on", async () => {
    const held = async () => (await synadia.admin("GET", "/held")).text;
    await synadia.admin("POST", "/faults", { operation: "getAccount", kind: "hang", times: 100 });
    const abort = new AbortController();
    const asked = issuerProblem(issuer(), { SYNADIA_TOKEN_FILE: paths.synadia.tokenFile }, abort.signal);
    while (!(await held()).includes("getAccount")) await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    expect(await asked).toBeUndefined();
  });
});

describe("haulway up of an environment that is new", () => {
  let project: ProjectFixture;
  beforeEach(() => {
    project = createProject();
    project.addNatsUser("claims", "publisher");
    const text = environmentFile.replace("https://cloud.example.com", synadia.url);
    project.write("environments/dev.yaml", text.replace(/accountId: \w{27}/, `accountId: ${ACCOUNT_ID}`));
  });
  afterEach(() => project.remove());

  const up = (
    engine: Parameters<typeof haulway>[1]["engine"],
    variables: NodeJS.ProcessEnv,
    ...flags: string[]
  ) => haulway(["up", "dev", ...flags], { project, variables, ...(engine && { engine }) });

  it("fails on a wrong token before it changes anything at all", async () => {
    const run = await up(stacks(), { SYNADIA_TOKEN: "uat_wrong" });
    expect(run).toMatchObject({ code: 1, log: [] });
    expect(run.stderr).toMatch(/nats\.synadia\.tokenFrom \(SYNADIA_TOKEN\).*\nNothing was changed\.\n$/);
  });

  it("goes on with the right one", async () => {
    const run = await up(stacks(), { SYNADIA_TOKEN_FILE: paths.synadia.tokenFile });
    expect(run.code).toBe(0);
    expect(run.log).toHaveLength(5);
    expect(run.stdout).toContain("done   NATS users: can be issued by nats.synadia");
  });

  it.each([
    ["everything exists", ["dev", "dev.cluster.a", "dev.cluster.b", "dev.team.claims"], []],
    ["its preview can tell", ["dev", "dev.cluster.a", "dev.cluster.b"], ["--team", "claims"]],
    ["the stack cannot be made yet", [], ["--team", "claims"]],
  ])("asks nobody where %s", async (_why, existing, flags) => {
    await up(stacks(...existing), { SYNADIA_TOKEN: "uat_wrong" }, ...flags);
    expect(await calls()).toEqual({});
  });

  it("asks nobody for a preview", async () => {
    const run = await haulway(["preview", "dev"], { project, variables: { SYNADIA_TOKEN: "uat_wrong" } });
    expect(run.code).toBe(0);
    expect(await calls()).toEqual({});
  });
});
