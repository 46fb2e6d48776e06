import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAccount } from "@nats-io/nkeys";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Layout, layout } from "../../../../local/layout.ts";
import { ensureNatsOperator } from "../../../../local/nats/nats-operator.ts";
import { ACCOUNT_ID, startSynadia, type TestSynadia } from "../../stand-ins/support/synadia.ts";
import { haulway } from "../support/haulway.ts";
import { natsResources } from "../support/nats-user-state.ts";
import { createProject, type ProjectFixture } from "../support/project.ts";

const user = "claims/api/publisher";
const tag = "haulway:dev:dev.claims.api.publisher";

let paths: Layout;
let synadia: TestSynadia;
let variables: NodeJS.ProcessEnv;
let project: ProjectFixture;

beforeAll(async () => {
  paths = layout(await mkdtemp(join(tmpdir(), "haulway-import-")));
  await ensureNatsOperator(paths);
  // Nothing listens on this port: the API answers all the same.
  synadia = await startSynadia(paths, "nats://127.0.0.1:9");
  variables = { SYNADIA_TOKEN_FILE: paths.synadia.tokenFile };
});
afterAll(async () => {
  await synadia.close();
  await rm(paths.root, { recursive: true, force: true });
});

beforeEach(async () => {
  project = createProject();
  project.addNatsUser("claims", "publisher");
  await editEnvironment((text) =>
    text
      .replace("https://cloud.example.com", synadia.url)
      .replace(/accountId: \w{27}/, `accountId: ${ACCOUNT_ID}`),
  );
  await synadia.admin("DELETE", "/calls");
});
afterEach(async () => {
  project.remove();
  for (const { id } of await users()) await synadia.call("DELETE", `/nats-users/${id}`);
});

async function editEnvironment(edit: (text: string) => string): Promise<void> {
  const file = "environments/dev.yaml";
  project.write(file, edit(await readFile(join(project.directory, file), "utf8")));
}

interface ShownUser {
  readonly id: string;
  readonly name: string;
  readonly jwt_settings: { readonly tags?: readonly string[] };
}

async function users(): Promise<readonly ShownUser[]> {
  const { json } = await synadia.call("GET", `/accounts/${ACCOUNT_ID}/nats-users`);
  return json["items"] as ShownUser[];
}

async function shown(id: string): Promise<ShownUser> {
  return (await synadia.call("GET", `/nats-users/${id}`)).json as unknown as ShownUser;
}

/** Makes a user as somebody would who knows nothing of Haulway. */
async function existing(name: string, settings: object = {}): Promise<string> {
  const { id } = await synadia.user(name, settings);
  await synadia.admin("DELETE", "/calls");
  return id;
}

/** An engine that has the team's stack, with these users. */
const deployed = (...users: readonly string[]) => ({
  stacks: new Map([
    ["dev", 3],
    ["dev.team.claims", 3],
  ]),
  resources: { "dev.team.claims": natsResources(users.map((user) => ({ user }))) },
});
const importAs = (flags: readonly string[], more: Partial<Parameters<typeof haulway>[1]> = {}) =>
  haulway(["creds", "import", "dev", user, ...flags], { project, variables, ...more });

describe("haulway creds import", () => {
  it.each([
    "--id",
    "--name",
  ])("marks a user by its %s, changes nothing else, and says what comes next", async (flag) => {
    const settings = { pub: { allow: ["old.>"] }, resp: { max: 3, ttl: 5 }, payload: 1024, tags: ["team-a"] };
    const id = await existing("publisher", settings);
    const before = await shown(id);
    const { code, stdout, stderr } = await importAs([flag, flag === "--id" ? id : "publisher"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(
      `The user publisher (${id}) is marked as ${user} of environment dev.\nNext: haulway up dev --team claims\n`,
    );
    const { jwt_settings, ...after } = await shown(id);
    const { jwt_settings: settingsBefore, ...rest } = before;
    expect(jwt_settings).toEqual({ ...settingsBefore, tags: ["team-a", tag] });
    expect(withoutJwt(after)).toEqual(withoutJwt(rest));
    const { json } = await synadia.admin("GET", "/calls");
    expect(JSON.stringify(json)).not.toMatch(/creds|rotate/i);
  });

  it("can be called again", async () => {
    const id = await existing("publisher");
    await importAs(["--id", id]);
    const again = await importAs(["--id", id]);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain("was marked before");
    expect((await shown(id)).jwt_settings.tags).toEqual([tag]);
  });

  it("refuses a user that is not there, with those that are", async () => {
    const id = await existing("claims-publisher");
    const byName = await importAs(["--name", "claims-publihser"]);
    expect(byName).toMatchObject({ code: 2, stdout: "" });
    expect(byName.stderr).toBe(
      `--name claims-publihser: the account has no such user (did you mean claims-publisher?); it has:\n  claims-publisher (${id})\n`,
    );
    expect((await importAs(["--id", "none"])).stderr).toContain(
      "--id none: the account has no such user; it has:",
    );
    await synadia.call("DELETE", `/nats-users/${id}`);
    expect((await importAs(["--id", id])).stderr).toContain("The account has no user at all");
  });

  it("refuses a name that several users have, with their ids", async () => {
    const ids = [await existing("twin"), await existing("twin")];
    const { code, stderr } = await importAs(["--name", "twin"]);
    expect(code).toBe(2);
    for (const id of ids) expect(stderr).toContain(`--id ${id}`);
  });

  it("refuses what is Haulway's already by another declaration, or another environment", async () => {
    const id = await existing("other", { tags: ["haulway:prod:prod.claims.api.publisher"] });
    const { code, stderr } = await importAs(["--id", id]);
    expect(code).toBe(2);
    expect(stderr).toContain("is Haulway's already: it is the user prod:prod.claims.api.publisher");
    expect((await shown(id)).jwt_settings.tags).toHaveLength(1);
  });

  it("refuses a second user for one declaration, which the next run would delete", async () => {
    const held = await existing("held", { tags: [tag] });
    const id = await existing("second");
    const { code, stderr } = await importAs(["--id", id]);
    expect(code).toBe(2);
    expect(stderr).toContain(`The user held (${held})`);
    expect((await shown(id)).jwt_settings.tags ?? []).toEqual([]);
  });

  it("refuses a user of another signing-key group", async () => {
    const path = `/accounts/${ACCOUNT_ID}/account-sk-groups`;
    const { json } = await synadia.call("POST", path, { name: "Other" });
    const created = await synadia.call("POST", `/accounts/${ACCOUNT_ID}/nats-users`, {
      name: "elsewhere",
      sk_group_id: json["id"],
    });
    const { code, stderr } = await importAs(["--id", String(created.json["id"])]);
    expect(code).toBe(2);
    expect(stderr).toContain("is not in the signing-key group that nats.synadia.signingKeyGroup names");
  });

  it("refuses a user that the stack has already, and takes one whose team is deployed without it", async () => {
    const id = await existing("publisher");
    const refused = await importAs(["--id", id], { engine: deployed(user) });
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain(`haulway creds rotate dev ${user}`);
    expect(await importAs(["--id", id], { engine: deployed("claims/api/other") })).toMatchObject({ code: 0 });
  });

  it("refuses an undeclared user, no source, and two of them, before it asks anybody", async () => {
    const unknown = await haulway(["creds", "import", "dev", "claims/api/publihser", "--id", "x"], {
      project,
    });
    expect(unknown.stderr).toContain("did you mean claims/api/publisher?");
    const none = await importAs([]);
    const two = await importAs(["--id", "x", "--name", "y"]);
    for (const { stderr } of [none, two]) expect(stderr).toContain("either --id <userId> or --name <name>");
    expect([unknown, none, two].map(({ code }) => code)).toEqual([2, 2, 2]);
    expect((await synadia.admin("GET", "/calls")).json).toEqual({});
  });

  it("says why there is nothing to import where keys of one's own sign the users", async () => {
    const account = createAccount().getPublicKey();
    await editEnvironment((text) =>
      text.replace(
        /synadia: \{.*\}/,
        `operator: { account: ${account}, signingKeyFrom: A, operatorKeyFrom: B, systemCredsFrom: C }`,
      ),
    );
    const { code, stderr } = await importAs(["--name", "x"]);
    expect(code).toBe(2);
    expect(stderr).toContain("There is nothing to import");
    expect(stderr).toContain("haulway up dev --team claims");
  });

  it("names the setting when the token is missing or wrong, without the token", async () => {
    const missing = await importAs(["--name", "x"], { variables: {} });
    expect(missing).toMatchObject({ code: 1 });
    expect(missing.stderr).toContain("nats.synadia.tokenFrom names the variable SYNADIA_TOKEN");
    const wrong = await importAs(["--name", "x"], { variables: { SYNADIA_TOKEN: "uat_wrong" } });
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.stderr).toContain("nats.synadia.tokenFrom (SYNADIA_TOKEN)");
    expect(wrong.stderr).not.toContain("uat_wrong");
    await editEnvironment((text) => text.replace(ACCOUNT_ID, "2abcdefghijklmnopqrstuvwxyz"));
    const unknown = await importAs(["--name", "x"]);
    expect(unknown).toMatchObject({ code: 1 });
    expect(unknown.stderr).toContain('nats.synadia.accountId is "2abcdefghijklmnopqrstuvwxyz"');
  });
});

/** A user as it is shown, without what is signed anew for every answer. */
function withoutJwt(user: object): object {
  return Object.fromEntries(Object.entries(user).filter(([name]) => !["jwt", "claims"].includes(name)));
}
