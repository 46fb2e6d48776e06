import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Layout, layout } from "../../../local/layout.ts";
import { ensureNatsOperator } from "../../../local/nats/nats-operator.ts";
import { ACCOUNT_ID, startSynadia, type TestSynadia } from "./support/synadia.ts";

const USERS = `/accounts/${ACCOUNT_ID}/nats-users`;
const GROUPS = `/accounts/${ACCOUNT_ID}/account-sk-groups`;

let paths: Layout;
let synadia: TestSynadia;
let group: string;

beforeAll(async () => {
  paths = layout(await mkdtemp(join(tmpdir(), "haulway-synadia-")));
  await ensureNatsOperator(paths);
  // Nothing listens on this port: the API answers all the same, and the account stays to be synchronised.
  synadia = await startSynadia(paths, "nats://127.0.0.1:9");
  group = await synadia.defaultGroup();
});

beforeEach(() => synadia.admin("DELETE", "/calls"));

afterAll(async () => {
  await synadia.close();
  await rm(paths.root, { recursive: true, force: true });
});

describe("the API", () => {
  it.each([
    ["no right", { token: "uat_wrong" }, 401],
    ["a prefix of the token", { token: "uat_test" }, 401],
    ["the token", {}, 200],
  ])("answers a caller with %s", async (_, options, status) => {
    expect((await synadia.call("GET", "/version", undefined, options)).status).toBe(status);
  });

  it("has a team, a system, an account, and a group named Default", async () => {
    const teams = items(await synadia.call("GET", "/teams"));
    const systems = items(await synadia.call("GET", `/teams/${String(teams[0]?.["id"])}/systems`));
    const accounts = items(await synadia.call("GET", `/systems/${String(systems[0]?.["id"])}/accounts`));
    expect(accounts.map((account) => account["id"])).toEqual([ACCOUNT_ID]);
    expect(items(await synadia.call("GET", GROUPS)).map((found) => found["name"])).toContain("Default");
  });

  it("tells that an account's JWT has not reached the servers", async () => {
    const { json } = await synadia.call("GET", `/accounts/${ACCOUNT_ID}`);
    expect(json["jwt_sync_status"]).toBe("InProgress");
  });

  it.each([
    ["GET", "/accounts/none/nats-users"],
    ["GET", "/nats-users/none"],
    ["DELETE", "/nats-users/none"],
    ["POST", "/nats-users/none/creds"],
    ["GET", `/accounts/${ACCOUNT_ID}/nats-user-revocations/UNONE`],
    ["GET", "/somewhere/else"],
  ])("%s %s is not found, in plain text", async (method, path) => {
    const answer = await synadia.call(method, path);
    expect([answer.status, answer.text]).toEqual([404, "not found"]);
  });

  it.each([
    ["a body that is not JSON", "{"],
    ["no name", { sk_group_id: "x" }],
    ["a group that is not there", { name: "x", sk_group_id: "x" }],
  ])("refuses to create a user with %s", async (_, body) => {
    expect((await synadia.call("POST", USERS, body)).status).toBe(400);
  });

  it("tolerates a slash at the end", async () => {
    expect((await synadia.call("GET", `${USERS}/`)).status).toBe(200);
  });
});

describe("users", () => {
  it("may share a name, and the list has no filter", async () => {
    const first = await synadia.call("POST", USERS, { name: "twin", sk_group_id: group });
    const second = await synadia.call("POST", USERS, { name: "twin", sk_group_id: group });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(first.json["id"]).not.toBe(second.json["id"]);
    const found = items(await synadia.call("GET", `${USERS}?name=other`));
    expect(found.filter((user) => user["name"] === "twin")).toHaveLength(2);
  });

  it("are shown without a seed, with a JWT that reading does not renew", async () => {
    const created = await synadia.call("POST", USERS, { name: "shown", sk_group_id: group });
    const path = `/nats-users/${String(created.json["id"])}`;
    await wait(1_100);
    const read = await synadia.call("GET", path);
    expect(read.json).toEqual(created.json);
    expect(read.text).not.toMatch(/SU[A-Z2-7]{56}/);
  });

  it("get fresh creds on every call, for the same key", async () => {
    const user = await synadia.user("fresh", {});
    const again = await synadia.creds(user.id);
    expect(again).not.toBe(user.creds);
    expect(seedOf(again)).toBe(seedOf(user.creds));
    expect(claimsOf(again)["sub"]).toBe(user.publicKey);
    expect(claimsOf(again)["exp"]).toBeUndefined();
  });

  it("have one issuance per content of the JWT, and an event per download", async () => {
    const user = await synadia.user("audited", { pub: { allow: ["a"] } });
    await synadia.creds(user.id);
    await synadia.call("PATCH", `/nats-users/${user.id}`, { jwt_settings: { pub: { allow: ["b"] } } });
    await synadia.creds(user.id);
    const issuances = items(await synadia.call("GET", `/nats-users/${user.id}/issuances`));
    expect(issuances.map((issuance) => issuance["events_count"])).toEqual([2, 1]);
    const detail = await synadia.call("GET", `/nats-user-issuances/${String(issuances[0]?.["id"])}`);
    expect(detail.json).toMatchObject({
      status: "Active",
      sub: user.publicKey,
      nats: { pub: { allow: ["a"] } },
    });
  });

  it("take the expiry of their own JWTs", async () => {
    const created = await synadia.call("POST", USERS, {
      name: "e",
      sk_group_id: group,
      jwt_expires_in_secs: 60,
    });
    const { iat, exp } = claimsOf(await synadia.creds(String(created.json["id"])));
    expect(Number(exp) - Number(iat)).toBe(60);
  });

  it.each<[string, object, object]>([
    ["nothing stays", {}, { pub: { allow: ["a"], deny: ["b"] }, tags: ["t"], subs: 5 }],
    ["one list", { pub: { allow: ["c"] } }, { pub: { allow: ["c"], deny: ["b"] }, tags: ["t"], subs: 5 }],
    ["null in a list", { pub: { deny: null } }, { pub: { allow: ["a"] }, tags: ["t"], subs: 5 }],
    ["null", { pub: null, tags: null }, { subs: 5 }],
    ["a limit", { subs: -1 }, { pub: { allow: ["a"], deny: ["b"] }, tags: ["t"], subs: -1 }],
  ])("are patched field by field: %s", async (_, patch, expected) => {
    const user = await synadia.user("patched", { pub: { allow: ["a"], deny: ["b"] }, tags: ["t"], subs: 5 });
    const { json } = await synadia.call("PATCH", `/nats-users/${user.id}`, { jwt_settings: patch });
    expect(json["jwt_settings"]).toEqual({ data: -1, payload: -1, ...expected });
    expect(json["user_public_key"]).toBe(user.publicKey);
  });

  it("get another key by rotation, and keep their id", async () => {
    const user = await synadia.user("rotated", {});
    const { json } = await synadia.call("POST", `/nats-users/${user.id}/rotate`);
    expect(json["id"]).toBe(user.id);
    expect(json["user_public_key"]).not.toBe(user.publicKey);
    expect(seedOf(await synadia.creds(user.id))).not.toBe(seedOf(user.creds));
  });

  it("get another key when their group's signing key is rotated", async () => {
    const made = await synadia.call("POST", GROUPS, { name: "rotating", programmatic: false });
    const created = await synadia.call("POST", USERS, { name: "u", sk_group_id: made.json["id"] });
    await synadia.call("POST", `/account-sk-groups/${String(made.json["id"])}/rotate-sk`);
    const read = await synadia.call("GET", `/nats-users/${String(created.json["id"])}`);
    expect(read.json["user_public_key"]).not.toBe(created.json["user_public_key"]);
  });

  it("are gone once deleted, and not revoked by that", async () => {
    const user = await synadia.user("deleted", {});
    expect((await synadia.call("DELETE", `/nats-users/${user.id}`)).status).toBe(204);
    expect((await synadia.call("DELETE", `/nats-users/${user.id}`)).status).toBe(404);
    const revocation = `/accounts/${ACCOUNT_ID}/nats-user-revocations/${user.publicKey}`;
    expect((await synadia.call("GET", revocation)).status).toBe(404);
  });
});

describe("signing key groups", () => {
  it("that are programmatic show their seed once and take no users", async () => {
    const made = await synadia.call("POST", GROUPS, { name: "p", programmatic: true });
    expect(made.json["seed"]).toMatch(/^SA/);
    const id = String(made.json["id"]);
    expect((await synadia.call("GET", `/account-sk-groups/${id}`)).json).not.toHaveProperty("seed");
    const refused = await synadia.call("POST", USERS, { name: "x", sk_group_id: id });
    expect([refused.status, refused.text]).toEqual([
      400,
      "nats users cannot be managed under a programmatic signing key group",
    ]);
  });

  it("that are scoped take users without permissions only", async () => {
    const made = await synadia.call("POST", GROUPS, { name: "s", scope: { pub: { allow: ["a"] } } });
    const body = { name: "x", sk_group_id: made.json["id"] };
    expect(made.json["is_scoped"]).toBe(true);
    expect((await synadia.call("POST", USERS, { ...body, jwt_settings: { tags: ["t"] } })).status).toBe(201);
    expect((await synadia.call("POST", USERS, { ...body, jwt_settings: { sub: {} } })).status).toBe(400);
  });
});

describe("revocations", () => {
  it("are created, then updated; 0 means now", async () => {
    const user = await synadia.user("revoked", {});
    const path = `/accounts/${ACCOUNT_ID}/nats-user-revocations/${user.publicKey}`;
    const created = await synadia.call("PUT", path, { before: 0 });
    expect(created.status).toBe(201);
    expect(Number(created.json["before"])).toBeGreaterThanOrEqual(Number(claimsOf(user.creds)["iat"]));
    const updated = await synadia.call("PUT", path, { before: 5 });
    expect([updated.status, updated.json["before"]]).toEqual([200, 5]);
    expect((await synadia.call("GET", path)).json).toMatchObject({
      before: 5,
      user_nkey_public: user.publicKey,
    });
    expect((await synadia.call("DELETE", path)).status).toBe(204);
    expect((await synadia.call("DELETE", path)).status).toBe(404);
  });

  it("are for user keys", async () => {
    const path = `/accounts/${ACCOUNT_ID}/nats-user-revocations/nobody`;
    expect((await synadia.call("PUT", path, { before: 1 })).status).toBe(400);
  });
});

describe("faults", () => {
  it.each([
    ["status", 429, "rate limited", 0],
    ["status", 500, "injected fault", 0],
    ["act-then-status", 500, "injected fault", 1],
  ])("%s answers %i", async (kind, status, text, users) => {
    await synadia.admin("POST", "/faults", { operation: "createUser", kind, status });
    const name = `${kind}-${status}`;
    const failed = await synadia.call("POST", USERS, { name, sk_group_id: group });
    expect([failed.status, failed.text]).toEqual([status, text]);
    expect(failed.headers.get("Retry-After")).toBeNull();
    expect(await named(name)).toBe(users);
    expect((await synadia.call("POST", USERS, { name, sk_group_id: group })).status).toBe(201);
  });

  it("say when to come again if they are told to", async () => {
    const fault = { operation: "listUsers", kind: "status", status: 429, retryAfter: 7 };
    await synadia.admin("POST", "/faults", fault);
    expect((await synadia.call("GET", USERS)).headers.get("Retry-After")).toBe("7");
  });

  it.each([
    ["disconnect", 0],
    ["act-then-disconnect", 1],
  ])("%s breaks the connection", async (kind, users) => {
    await synadia.admin("POST", "/faults", { operation: "createUser", kind });
    await expect(synadia.call("POST", USERS, { name: kind, sk_group_id: group })).rejects.toThrow();
    expect(await named(kind)).toBe(users);
  });

  it.each([
    ["hang", false, 0],
    ["act-then-hang", true, 1],
  ])("%s holds the call, and shows it, until the caller gives up", async (kind, acted, users) => {
    await synadia.admin("POST", "/faults", { operation: "createUser", kind });
    const patience = new AbortController();
    const body = { name: kind, sk_group_id: group };
    const outcome = synadia.call("POST", USERS, body, { signal: patience.signal }).catch(() => "given up");
    await expect.poll(held).toEqual([{ operation: "createUser", acted }]);
    expect(await named(kind)).toBe(users);
    patience.abort();
    expect(await outcome).toBe("given up");
    await expect.poll(held).toEqual([]);
  });

  it("that act first hide the refusal of what cannot be done", async () => {
    await synadia.admin("POST", "/faults", { operation: "deleteNatsUser", kind: "act-then-status" });
    expect((await synadia.call("DELETE", "/nats-users/none")).status).toBe(500);
  });

  it("wait for as many calls as they are told to, and last as long", async () => {
    const statuses: number[] = [];
    await synadia.admin("POST", "/faults", {
      operation: "listUsers",
      kind: "status",
      status: 503,
      skip: 1,
      times: 2,
    });
    for (let call = 0; call < 4; call += 1) {
      statuses.push((await synadia.call("GET", USERS)).status);
    }
    expect(statuses).toEqual([200, 503, 503, 200]);
  });

  it("are dropped with the counts, which hold no secrets", async () => {
    const user = await synadia.user("counted", {});
    await synadia.creds(user.id);
    const calls = await synadia.admin("GET", "/calls");
    expect(calls.json).toEqual({ createUser: 1, downloadNatsUserCreds: 2, listAccountSkGroup: 1 });
    await synadia.admin("POST", "/faults", { operation: "listUsers", kind: "status" });
    await synadia.admin("DELETE", "/calls");
    expect((await synadia.admin("GET", "/calls")).json).toEqual({});
    expect((await synadia.call("GET", USERS)).status).toBe(200);
  });
});

describe("the state", () => {
  it("outlives the process, in a file for its owner only", async () => {
    const user = await synadia.user("kept", {});
    await synadia.close();
    synadia = await startSynadia(paths, "nats://127.0.0.1:9");
    expect((await synadia.call("GET", `/nats-users/${user.id}`)).json["user_public_key"]).toBe(
      user.publicKey,
    );
    const file = join(paths.synadia.directory, "state.json");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, "utf8")).not.toContain(user.creds.split("\n")[1]);
  });
});

async function held(): Promise<unknown> {
  return JSON.parse((await synadia.admin("GET", "/held")).text);
}

async function named(name: string): Promise<number> {
  return items(await synadia.call("GET", USERS)).filter((user) => user["name"] === name).length;
}

function items(answer: { json: Record<string, unknown> }): Record<string, unknown>[] {
  return answer.json["items"] as Record<string, unknown>[];
}

function claimsOf(creds: string): Record<string, unknown> {
  const payload = creds.split("\n")[1]?.split(".")[1] ?? "";
  return JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as Record<string, unknown>;
}

function seedOf(creds: string): string | undefined {
  return /SU[A-Z2-7]{56}/.exec(creds)?.[0];
}
