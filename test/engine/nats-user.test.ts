import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TestControlPlane } from "./support/control-plane.ts";
import { TestProject } from "./support/engine.ts";
import { loginAt, type Rights, refusedAt } from "./support/nats-rights.ts";

const NAME = "test.claims.intake.publisher";

let controlPlane: TestControlPlane;
let project: TestProject;

beforeAll(async () => {
  controlPlane = await TestControlPlane.start();
});

afterAll(() => controlPlane.close());

beforeEach(async () => {
  project = await TestProject.create({ SYNADIA_TOKEN_FILE: controlPlane.tokenFile });
  await controlPlane.forget();
});

afterEach(async () => {
  await controlPlane.forget();
  const { exitCode, output } = await project.run("destroy");
  expect(exitCode, output).toBe(0);
  expect(await controlPlane.users()).toEqual([]);
  await project.close();
});

const RIGHTS: Rights = { publish: ["claims.events.>"], subscribe: ["claims.commands.>"] };

const INBOX = `_INBOX.${NAME}`;

/** What a test declares differently from what is usual. */
interface Declaration extends Partial<Rights> {
  readonly issuer?: Readonly<Record<string, string | number>>;
  readonly expires?: number;
  readonly respond?: boolean;
  readonly rotation?: { every?: number; overlap?: number; epoch?: string; reason?: string };
}

/** A program with one user, and an output of each kind for the tests to look at. */
function declare({ issuer, rotation, ...change }: Declaration = {}): Promise<void> {
  const args = {
    user: "claims/intake/publisher",
    name: NAME,
    environment: "test",
    issuer: {
      kind: "synadia",
      url: controlPlane.url,
      accountId: controlPlane.accountId,
      signingKeyGroup: "Default",
      tokenFrom: "SYNADIA_TOKEN",
      parallelCalls: 8,
      ...issuer,
    },
    ...RIGHTS,
    respond: false,
    inbox: INBOX,
    expires: 0,
    rotation: { every: 0, overlap: 86_400, epoch: "0.0", ...rotation },
    consumers: ["Deployment claims/intake on workload-a"],
    ...change,
  };
  return project.write(`
    import { writeFileSync } from "node:fs";
    import * as pulumi from "@pulumi/pulumi";
    import { NatsUser } from ${JSON.stringify(project.from("components/nats/nats-user.ts"))};
    const user = new NatsUser("publisher", ${JSON.stringify(args)});
    const { userId, publicKey, issuedAt, expiresAt, reason, superseded, creds: files } = user;
    pulumi.all({ userId, publicKey, issuedAt, expiresAt, reason, superseded, files })
      .apply((outputs) => writeFileSync("outputs.json", JSON.stringify(outputs)));
  `);
}

interface Shown {
  readonly userId: string;
  readonly publicKey: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly reason: string;
  readonly superseded: readonly { publicKey: string; issuedAt: number; retireAt: number; reason: string }[];
  /** Creds files by their key. */
  readonly files: Readonly<Record<string, string>>;
  /** The present one. */
  readonly creds: string;
}

/** The outputs as the program saw them in the last run that went through. */
async function outputs(): Promise<Shown> {
  const shown = JSON.parse(await readFile(join(project.directory, "outputs.json"), "utf8")) as Shown;
  return { ...shown, creds: shown.files["nats.creds"] ?? "" };
}

async function up(): Promise<Shown> {
  const { exitCode, output } = await project.run("up");
  expect(exitCode, output).toBe(0);
  return outputs();
}

/** What the state keeps of the user, without the ciphertext, which is another each time the state is written. */
async function stateOfUser(): Promise<Readonly<Record<string, unknown>>> {
  const [resource] = await project.resources("NatsUser");
  const { creds: _, ...rest } = resource?.outputs ?? {};
  return rest;
}

const login = (creds: string) => loginAt(controlPlane.natsUrl, creds);
const refusedBy = (creds: string, rights: Rights) => refusedAt(controlPlane.natsUrl, creds, rights);

/** The generation as superseded by another one, and the key of its creds file. */
const generation = ({ publicKey, issuedAt }: Shown) => ({ publicKey, issuedAt });
const fileOf = ({ publicKey, issuedAt }: Shown) => `${publicKey}.${issuedAt}.creds`;

const works = async (creds: string) =>
  expect(await refusedBy(creds, { publish: ["claims.events.x"], subscribe: [] })).toEqual([]);
const isRefused = (creds: string) => expect(login(creds)).rejects.toThrow(/authorization violation/i);

describe("a NATS user on the real engine", () => {
  it("is created with creds that may do what is declared and nothing else", async () => {
    await declare();
    const { creds, publicKey, issuedAt, reason, superseded, files } = await up();

    expect(await controlPlane.users()).toMatchObject([{ name: NAME, user_public_key: publicKey }]);
    expect({ reason, superseded }).toEqual({ reason: "created", superseded: [] });
    expect(files).toEqual({ [`${publicKey}.${issuedAt}.creds`]: creds, "nats.creds": creds });
    const allowed = { publish: ["claims.events.new"], subscribe: ["claims.commands.x", `${INBOX}.1`] };
    expect(await refusedBy(creds, allowed)).toEqual([]);
    const denied = { publish: ["quoting.events.new"], subscribe: ["claims.events.x", "_INBOX.other.1"] };
    expect(await refusedBy(creds, denied)).toHaveLength(3);
  });

  it("may do nothing at all where a list is empty", async () => {
    await declare({ publish: [] });
    const { creds } = await up();
    expect(await refusedBy(creds, { publish: ["claims.events.new"], subscribe: [] })).toHaveLength(1);
  });

  it("may answer a request when it is declared to, although it may not publish to the inbox", async () => {
    await declare({ publish: [">"] });
    const requester = await login((await up()).creds);
    await declare({ publish: [], respond: true });
    const responder = await login((await up()).creds);

    responder.subscribe("claims.commands.ask", {
      callback: (_, message) => {
        message.respond("first");
        message.respond("second");
      },
    });
    await responder.flush();
    const inbox = requester.subscribe(`${INBOX}.1`);
    requester.publish("claims.commands.ask", undefined, { reply: `${INBOX}.1` });
    const answers: string[] = [];
    for await (const answer of inbox) {
      answers.push(answer.string());
      await responder.flush();
      await requester.flush();
      inbox.unsubscribe();
    }
    expect(answers).toEqual(["first"]);
    await Promise.all([requester.close(), responder.close()]);
  });

  it("keeps its creds out of state, events and output in plain text", async () => {
    await declare({ publish: ["claims.audit.>"] });
    const old = await up();
    await declare();
    const second = await project.run("up");
    const { creds } = await outputs();
    const canaries = [...new Set(`${old.creds}${creds}`.match(/SU[A-Z2-7]{56}|eyJ[\w-]+\.[\w-]+\.[\w-]+/g))];
    expect(canaries).toHaveLength(3);

    const places = {
      output: second.output,
      events: second.events,
      state: await project.stateText(),
      refresh: JSON.stringify(await project.run("refresh", "--diff")),
      preview: JSON.stringify(await project.run("preview", "--diff")),
    };
    for (const [place, text] of Object.entries(places)) {
      expect(text, place).not.toBe("");
      for (const canary of [...canaries, controlPlane.token])
        expect(text.includes(canary), place).toBe(false);
    }
  });

  it("changes nothing, mints nothing and asks nobody when nothing changed", async () => {
    await declare();
    const before = await up();
    const state = await stateOfUser();
    await controlPlane.forget();

    expect((await project.run("up")).changes).toEqual({ same: 1 });
    await declare({ subscribe: [...RIGHTS.subscribe].reverse(), rotation: { every: 86_400, overlap: 60 } });
    expect((await project.run("preview")).changes).toEqual({ same: 1 });
    expect((await project.run("up")).changes).toEqual({ same: 1 });
    expect(await controlPlane.calls()).toEqual({});
    expect((await project.run("refresh")).changes).toEqual({ refresh: 1 });
    expect((await project.run("up")).changes).toEqual({ same: 1 });

    expect(await outputs()).toEqual(before);
    expect(await controlPlane.calls()).toEqual({ getNatsUser: 1, getNatsUserRevocation: 1 });
    expect(await stateOfUser()).toEqual(state);
  });

  it("runs without Synadia while nothing changes", async () => {
    await declare();
    const before = await up();
    await declare({ issuer: { url: "http://127.0.0.1:9" } });
    expect((await project.run("up")).changes).toEqual({ update: 1 });
    expect((await project.run("up")).changes).toEqual({ same: 1 });
    expect(await outputs()).toEqual(before);
    await declare();
    await up();
  });

  it("stores its code as one line that no other version changes", async () => {
    await declare();
    await up();
    const code = (await project.resources("NatsUser"))[0]?.inputs?.["__provider"];
    expect(code).toBe('exports.handler = () => require("@haulway/providers").natsUser;');
  });

  it("adds at most 2 KiB to the state besides its creds", async () => {
    await declare({ publish: ["claims.audit.>"] });
    await up();
    await declare();
    await up();
    const [resource] = await project.resources("NatsUser");
    const { creds: _, ...outputs } = resource?.outputs ?? {};
    // The rest of the resource is what the engine keeps of any resource.
    expect(JSON.stringify({ inputs: resource?.inputs, outputs }).length).toBeLessThanOrEqual(2048);
  });

  it("is deleted by today's code, and another version of the code changes nothing", async () => {
    await declare();
    const before = await up();
    const deleted = join(project.directory, "deleted");
    await project.useProviders(
      (real) => `
      const { natsUser } = require(${real});
      exports.natsUser = {
        ...natsUser,
        delete: async (id, props) => {
          require("node:fs").writeFileSync(${JSON.stringify(deleted)}, id);
          await natsUser.delete(id, props);
        },
      };
    `,
    );

    expect((await project.run("up")).changes).toEqual({ same: 1 });
    expect(await outputs()).toEqual(before);
    expect((await project.run("destroy")).exitCode).toBe(0);
    expect(await readFile(deleted, "utf8")).toBe(`haulway:test:${NAME}`);
  });

  it("revokes the creds of all its nkeys before it goes", async () => {
    await declare();
    const first = await up();
    await declare({ rotation: { epoch: "0.1" } });
    const second = await up();
    const sessions = await Promise.all([login(first.creds), login(second.creds)]);
    await project.run("destroy");
    for (const session of sessions) {
      const reason = await session.closed();
      expect(reason instanceof Error ? reason.message : reason).toContain("Revoked");
    }
    await isRefused(first.creds);
    await isRefused(second.creds);
  });
});

describe("a rotation", () => {
  it("for permissions is explained by the preview, and leaves the old creds working", async () => {
    await declare({ publish: ["claims.events.>", "claims.audit.>"] });
    const before = await up();
    await declare();

    const preview = await project.run("preview");
    expect(preview.changes).toEqual({ update: 1 });
    expect(preview.output).toContain(
      "rotate claims/intake/publisher: permissions changed: -publish claims.audit.>; rolls Deployment claims/intake on workload-a",
    );
    const after = await up();

    expect(after).toMatchObject({ ...generation(after), userId: before.userId, publicKey: before.publicKey });
    expect(after.issuedAt).toBeGreaterThan(before.issuedAt);
    expect(after.reason).toBe("permissions changed: -publish claims.audit.>");
    expect(after.superseded).toEqual([
      { ...generation(before), retireAt: after.issuedAt + 86_400, reason: "created" },
    ]);
    expect(after.files).toEqual({
      [fileOf(before)]: before.creds,
      [fileOf(after)]: after.creds,
      "nats.creds": after.creds,
    });
    const tried = { publish: ["claims.events.x", "claims.audit.x"], subscribe: [] };
    expect(await refusedBy(before.creds, tried)).toEqual([]);
    expect(await refusedBy(after.creds, tried)).toHaveLength(1);
    expect(await controlPlane.revocations()).not.toHaveProperty(before.publicKey);
    expect((await project.run("up")).changes).toEqual({ same: 1 });
    expect(await outputs()).toEqual(after);
  });

  it("for another epoch makes another nkey", async () => {
    await declare();
    const before = await up();
    await declare({ rotation: { epoch: "0.1", reason: "laptop stolen" } });
    expect((await project.run("preview")).output).toContain(
      "rotate claims/intake/publisher: epoch changed from 0.0 to 0.1 (laptop stolen); rolls",
    );
    const after = await up();

    expect(after.userId).toBe(before.userId);
    expect(after.publicKey).not.toBe(before.publicKey);
    expect(after.superseded).toMatchObject([generation(before)]);
    expect(Object.keys(after.files)).toEqual([fileOf(before), fileOf(after), "nats.creds"]);
    await works(before.creds);
    await works(after.creds);
    expect(await controlPlane.users()).toMatchObject([{ user_public_key: after.publicKey }]);
    expect((await project.run("up")).changes).toEqual({ same: 1 });
  });

  it("for the window forgets a generation only when its overlap is over, and revokes it then", async () => {
    await declare();
    const first = await up();
    await declare({ rotation: { every: 1, overlap: 0 } });
    expect((await project.run("preview")).output).toMatch(
      /rotate claims\/intake\/publisher: window opened \d{4}-\d{2}-\d{2} \(every 1s\); rolls/,
    );
    const second = await up();
    expect(second.superseded).toMatchObject([generation(first)]);
    await works(first.creds);
    const third = await up();

    expect(third).toMatchObject({ publicKey: first.publicKey, superseded: [generation(second)] });
    expect(Object.keys(third.files)).toEqual([fileOf(second), fileOf(third), "nats.creds"]);
    await isRefused(first.creds);
    await works(second.creds);
    await works(third.creds);
  });

  it("for an expiry has it in the creds, and none once the time has come", async () => {
    const expires = Math.floor(Date.now() / 1000) + 3_600;
    await declare({ expires });
    const before = await up();
    expect(before.expiresAt).toBeGreaterThanOrEqual(expires - 5);
    expect(before.expiresAt).toBeLessThanOrEqual(expires + 5);
    expect((await project.run("up")).changes).toEqual({ same: 1 });
    await declare();
    expect(await up()).toMatchObject({
      expiresAt: 0,
      reason: "expiry removed",
      superseded: [generation(before)],
    });

    await declare({ expires: expires - 7_200 });
    const { exitCode, output } = await project.run("preview");
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/property expires .* must be in the future, and \S+ has passed/);
  });

  it("is finished by the next run when the creds could not be issued", async () => {
    await declare({ publish: ["claims.audit.>"] });
    const before = await up();
    await declare();
    await controlPlane.fail({ operation: "downloadNatsUserCreds", kind: "act-then-disconnect" });

    expect((await project.run("up")).exitCode).not.toBe(0);
    expect(await stateOfUser()).toMatchObject({ issuedAt: before.issuedAt, publish: ["claims.audit.>"] });
    const after = await up();

    expect(after.superseded).toMatchObject([generation(before)]);
    await works(after.creds);
  });
});

describe("a change outside", () => {
  it("that removed the user is repaired after a refresh, and its creds go on working until then", async () => {
    await declare();
    const before = await up();
    await controlPlane.call("DELETE", `/api/core/beta/nats-users/${before.userId}`);

    expect((await project.run("up")).changes).toEqual({ same: 1 });
    expect((await project.run("refresh")).exitCode).toBe(0);
    const after = await up();

    expect(after.reason).toBe("the user was deleted outside");
    expect(await controlPlane.users()).toMatchObject([
      { id: after.userId, user_public_key: after.publicKey },
    ]);
    expect(after.publicKey).not.toBe(before.publicKey);
    expect(after.superseded).toMatchObject([generation(before)]);
    await works(before.creds);
    await works(after.creds);
  });

  it("of the nkey makes new creds, and remembers that others may have been issued", async () => {
    await declare();
    const before = await up();
    await controlPlane.call("POST", `/api/core/beta/nats-users/${before.userId}/rotate`);
    await project.run("refresh");
    const after = await up();

    expect(after).toMatchObject({ userId: before.userId, reason: "the nkey was changed outside" });
    expect(after.publicKey).not.toBe(before.publicKey);
    expect(after.superseded).toMatchObject([{ publicKey: after.publicKey, issuedAt: 0 }, generation(before)]);
    await works(after.creds);
  });

  it("that revoked the creds makes new ones that work", async () => {
    await declare();
    const before = await up();
    await controlPlane.call(
      "PUT",
      `/api/core/beta/accounts/${controlPlane.accountId}/nats-user-revocations/${before.publicKey}`,
      { before: 0 },
    );
    await project.run("refresh");
    expect((await project.run("preview")).output).toContain("the credentials were revoked outside");
    const after = await up();

    expect(after.publicKey).toBe(before.publicKey);
    await works(after.creds);
    expect((await project.run("refresh")).exitCode).toBe(0);
    expect((await project.run("up")).changes).toEqual({ same: 1 });
  });

  it("of the permissions is taken back without new creds", async () => {
    await declare();
    const before = await up();
    await controlPlane.call("PATCH", `/api/core/beta/nats-users/${before.userId}`, {
      jwt_settings: { pub: { allow: [">"] }, resp: { max: 1, ttl: 1_000_000 } },
    });
    expect((await project.run("up")).changes).toEqual({ same: 1 });
    await project.run("refresh");
    expect((await project.run("preview")).changes).toEqual({ update: 1 });
    expect(await up()).toEqual(before);

    const [user] = await controlPlane.users();
    expect(user?.jwt_settings).toMatchObject({ pub: { allow: RIGHTS.publish } });
    expect(user?.jwt_settings["resp"]).toBeUndefined();
    expect((await project.run("up")).changes).toEqual({ same: 1 });
  });
});

/** Runs until a call of the operation has come, and kills engine and provider then. */
async function killedAt(operation: string): Promise<void> {
  const run = project.start();
  while ((await controlPlane.calls())[operation] === undefined) {
    expect(run.exitCode, `the run ended before ${operation}`).toBeNull();
    await sleep(100);
  }
  await project.kill(run);
}

describe("a run that does not end well", () => {
  it("killed between the creation and the checkpoint leaves one user, which the next run adopts", async () => {
    await declare();
    await controlPlane.fail({ operation: "downloadNatsUserCreds", kind: "hang" });
    await killedAt("downloadNatsUserCreds");
    expect(await project.resources("NatsUser")).toEqual([]);
    const [orphan] = await controlPlane.users();

    const { userId, publicKey, creds, reason, superseded } = await up();

    expect(userId).toBe(orphan?.id);
    expect(await controlPlane.users()).toHaveLength(1);
    expect(reason).toBe("adopted");
    expect(superseded).toMatchObject([{ publicKey, issuedAt: 0, reason: "adopted" }]);
    await works(creds);
  });

  it("killed after the nkey was changed for an epoch does not change it again", async () => {
    await declare();
    const before = await up();
    await declare({ rotation: { epoch: "0.1" } });
    await controlPlane.forget();
    await controlPlane.fail({ operation: "downloadNatsUserCreds", kind: "act-then-hang" });
    await killedAt("downloadNatsUserCreds");
    const [rotated] = await controlPlane.users();
    expect(rotated?.user_public_key).not.toBe(before.publicKey);
    await controlPlane.forget();
    const after = await up();

    expect(after.publicKey).toBe(rotated?.user_public_key);
    expect(after.superseded).toMatchObject([{ publicKey: after.publicKey, issuedAt: 0 }, generation(before)]);
    expect((await controlPlane.calls())["rotateNatsUser"]).toBeUndefined();
    await works(before.creds);
    await works(after.creds);
  });

  it("keeps creds out of a state in plain text that it leaves unfinished", async () => {
    await declare({ publish: ["claims.audit.>"] });
    const { creds } = await up();
    await declare();
    await controlPlane.fail({ operation: "downloadNatsUserCreds", kind: "status", status: 403 });
    const { exitCode, output, events } = await project.run("up");
    expect(exitCode).not.toBe(0);

    const canaries = creds.match(/SU[A-Z2-7]{56}|eyJ[\w-]+\.[\w-]+\.[\w-]+/g) ?? [];
    expect(canaries).toHaveLength(2);
    const places = { output, events, state: await project.stateText() };
    for (const [place, text] of Object.entries(places))
      for (const canary of canaries) expect(text.includes(canary), place).toBe(false);
    expect(await up()).toMatchObject({ reason: expect.stringMatching(/^permissions changed/) as string });
  });

  it("whose creation got no answer uses what it created", async () => {
    await declare();
    await controlPlane.fail({ operation: "createUser", kind: "act-then-disconnect" });
    const { userId, reason } = await up();
    expect(reason).toBe("created");
    expect(await controlPlane.users()).toMatchObject([{ id: userId }]);
    expect((await controlPlane.calls())["createUser"]).toBe(1);
  });
});

describe("what is wrong", () => {
  it("with the token is said by the preview with the name of the setting, never with the token", async () => {
    await project.close();
    const token = "uat_wrongwrongwrongwrong";
    project = await TestProject.create({ SYNADIA_TOKEN: token });
    await declare();
    const { exitCode, output } = await project.run("preview");

    expect(exitCode).not.toBe(0);
    expect(output).toContain("nats.synadia.tokenFrom (SYNADIA_TOKEN)");
    expect(output).not.toContain(token);
    expect(output).not.toMatch(/^\s+at /m);
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    [
      "variable of the token",
      { tokenFrom: "NO_TOKEN" },
      "nats.synadia.tokenFrom names the variable NO_TOKEN",
    ],
    ["account", { accountId: "unknown" }, 'nats.synadia.accountId is "unknown"'],
    ["signing-key group", { signingKeyGroup: "Other" }, 'nats.synadia.signingKeyGroup is "Other"'],
  ])("with the %s is said by the preview", async (_, issuer, message) => {
    await declare({ issuer });
    const { exitCode, output } = await project.run("preview");
    expect(exitCode).not.toBe(0);
    expect(output).toContain(message);
    expect(await controlPlane.users()).toEqual([]);
  });

  it("with the token does not hinder a run that changes nothing, but the preview of one that rotates", async () => {
    await declare();
    await up();
    await declare({ issuer: { tokenFrom: "NO_TOKEN" } });
    expect((await project.run("preview")).exitCode).toBe(0);
    await declare({ issuer: { tokenFrom: "NO_TOKEN" }, rotation: { epoch: "0.1" } });
    const { exitCode, output } = await project.run("preview");
    expect(exitCode).not.toBe(0);
    expect(output).toContain("nats.synadia.tokenFrom");
  });

  it("with a declaration is said all at once before anything is created", async () => {
    await declare({
      publish: ["", "claims..x"],
      subscribe: ["claims.>.x"],
      issuer: { tokenFrom: "uat_not-a-variable" },
      rotation: { every: 3_600, overlap: 3_600 },
    });
    const { exitCode, output } = await project.run("preview");

    expect(exitCode).not.toBe(0);
    for (const place of ["publish[0]", "publish[1]", "subscribe[0]", "issuer.tokenFrom", "rotation.overlap"])
      expect(output).toContain(place);
    expect(await controlPlane.calls()).toEqual({});
  });
});

describe("a replacement", () => {
  it("that is forced adopts the user and does not delete it with the old resource", async () => {
    await declare();
    const before = await up();
    const [{ urn } = { urn: "" }] = await project.resources("NatsUser");
    const { exitCode, output } = await project.run("up", "--replace", urn);
    expect(exitCode, output).toBe(0);

    const after = await outputs();
    expect(await controlPlane.users()).toMatchObject([{ id: before.userId }]);
    expect(after.superseded).toMatchObject([{ publicKey: before.publicKey, issuedAt: 0 }]);
    await works(before.creds);
    await works(after.creds);
  });

  it("follows another signing-key group, not another way to name the same", async () => {
    await declare();
    const before = await up();
    await declare({ issuer: { signingKeyGroup: "default" } });
    expect((await project.run("preview")).changes).not.toHaveProperty("replace");

    const other = (await controlPlane.call(
      "POST",
      `/api/core/beta/accounts/${controlPlane.accountId}/account-sk-groups`,
      { name: "Other", programmatic: false },
    )) as { id: string };
    await declare({ issuer: { signingKeyGroup: other.id } });
    const after = await up();

    expect(await controlPlane.users()).toMatchObject([{ id: after.userId, sk_group_id: other.id }]);
    expect(after.userId).not.toBe(before.userId);
    await isRefused(before.creds);
  });
});
