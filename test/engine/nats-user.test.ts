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

const RIGHTS: Rights = { publish: ["claims.events.>"], subscribe: ["claims.commands.>", "_INBOX.>"] };

/** A program with one user, and an output of each kind for the tests to look at. */
function declare(rights: Rights = RIGHTS, account: Readonly<Record<string, string>> = {}): Promise<void> {
  const args = {
    name: NAME,
    environment: "test",
    synadia: {
      url: controlPlane.url,
      accountId: controlPlane.accountId,
      signingKeyGroup: "Default",
      tokenFrom: "SYNADIA_TOKEN",
      ...account,
    },
    ...rights,
  };
  return project.write(`
    import { writeFileSync } from "node:fs";
    import * as pulumi from "@pulumi/pulumi";
    import { NatsUser } from ${JSON.stringify(project.from("components/nats/nats-user.ts"))};
    const user = new NatsUser("publisher", ${JSON.stringify(args)});
    const { userId, publicKey, issuedAt, reason, creds } = user;
    pulumi.all({ userId, publicKey, issuedAt, reason, creds })
      .apply((outputs) => writeFileSync("outputs.json", JSON.stringify(outputs)));
  `);
}

interface Shown {
  readonly userId: string;
  readonly publicKey: string;
  readonly issuedAt: number;
  readonly reason: string;
  readonly creds: string;
}

/** The outputs as the program saw them in the last run that went through. */
async function outputs(): Promise<Shown> {
  return JSON.parse(await readFile(join(project.directory, "outputs.json"), "utf8")) as Shown;
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

describe("a NATS user on the real engine", () => {
  it("is created with creds that may do what is declared and nothing else", async () => {
    await declare();
    const { creds, publicKey, reason } = await up();

    expect(await controlPlane.users()).toMatchObject([{ name: NAME, user_public_key: publicKey }]);
    expect(reason).toBe("created");
    expect(
      await refusedBy(creds, { publish: ["claims.events.new"], subscribe: ["claims.commands.x"] }),
    ).toEqual([]);
    expect(
      await refusedBy(creds, { publish: ["quoting.events.new"], subscribe: ["claims.events.x"] }),
    ).toHaveLength(2);
  });

  it("may do nothing at all where a list is empty", async () => {
    await declare({ publish: [], subscribe: ["claims.commands.>"] });
    const { creds } = await up();
    expect(await refusedBy(creds, { publish: ["claims.events.new"], subscribe: [] })).toHaveLength(1);
  });

  it("keeps its creds out of state, events and output in plain text", async () => {
    await declare();
    const first = await project.run("up");
    const { creds } = await outputs();
    const canaries = creds.match(/SU[A-Z2-7]{56}|eyJ[\w-]+\.[\w-]+\.[\w-]+/g) ?? [];
    expect(canaries).toHaveLength(2);

    const places = {
      output: first.output,
      events: first.events,
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

  it("changes nothing and mints nothing when nothing changed", async () => {
    await declare();
    const before = await up();
    const state = await stateOfUser();
    await controlPlane.forget();

    expect((await project.run("up")).changes).toEqual({ same: 1 });
    expect((await project.run("refresh")).changes).toEqual({ refresh: 1 });
    await declare({ publish: RIGHTS.publish, subscribe: [...RIGHTS.subscribe].reverse() });
    expect((await project.run("preview")).changes).toEqual({ same: 1 });
    expect((await project.run("up")).changes).toEqual({ same: 1 });

    expect(await outputs()).toEqual(before);
    expect(await controlPlane.calls()).toEqual({ getNatsUser: 1 });
    expect(await stateOfUser()).toEqual(state);
  });

  it("stores its code as one line that no other version changes", async () => {
    await declare();
    await up();
    const code = (await project.resources("NatsUser"))[0]?.inputs?.["__provider"];
    expect(code).toBe('exports.handler = () => require("@haulway/providers").natsUser;');
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

  it("revokes its creds before it goes", async () => {
    await declare();
    const { creds } = await up();
    const session = await login(creds);
    await project.run("destroy");
    const reason = await session.closed();
    expect(reason instanceof Error ? reason.message : reason).toContain("Revoked");
    await expect(login(creds)).rejects.toThrow(/authorization violation/i);
  });
});

describe("a change of permissions", () => {
  it("is explained by the preview, makes new creds and ends the old ones", async () => {
    await declare({ ...RIGHTS, publish: ["claims.events.>", "claims.audit.>"] });
    const before = await up();
    await declare();

    const preview = await project.run("preview");
    expect(preview.changes).toEqual({ update: 1 });
    expect(preview.output).toContain(
      `NATS user ${NAME} gets new credentials: permissions changed: -publish claims.audit.>`,
    );
    const after = await up();

    expect(after).toMatchObject({ userId: before.userId, publicKey: before.publicKey });
    expect(after.issuedAt).toBeGreaterThan(before.issuedAt);
    expect(after.reason).toBe("permissions changed: -publish claims.audit.>");
    await expect(login(before.creds)).rejects.toThrow(/authorization violation/i);
    const tried = { publish: ["claims.events.x", "claims.audit.x"], subscribe: [] };
    expect(await refusedBy(after.creds, tried)).toHaveLength(1);
    expect((await project.run("up")).changes).toEqual({ same: 1 });
  });

  it("is finished by the next run when the creds could not be issued", async () => {
    await declare({ ...RIGHTS, publish: ["claims.audit.>"] });
    const before = await up();
    await declare();
    await controlPlane.fail({ operation: "downloadNatsUserCreds", kind: "act-then-disconnect" });

    expect((await project.run("up")).exitCode).not.toBe(0);
    expect(await stateOfUser()).toMatchObject({ issuedAt: before.issuedAt, publish: ["claims.audit.>"] });
    const after = await up();

    expect(after.creds).not.toBe(before.creds);
    expect(await refusedBy(after.creds, { publish: ["claims.events.x"], subscribe: [] })).toEqual([]);
    await expect(login(before.creds)).rejects.toThrow(/authorization violation/i);
  });

  it("keeps the new creds and is finished by the next run when the revocation failed", async () => {
    await declare({ ...RIGHTS, publish: ["claims.audit.>"] });
    const before = await up();
    await declare();
    await controlPlane.fail({ operation: "createOrUpdateNatsUserRevocation", kind: "status", status: 400 });

    expect((await project.run("up")).exitCode).not.toBe(0);
    const { issuedAt, revocations } = await stateOfUser();
    expect(revocations).toEqual([{ publicKey: before.publicKey, before: Number(issuedAt) - 1 }]);
    await controlPlane.forget();
    const after = await up();

    expect(after.issuedAt).toBe(issuedAt);
    expect((await controlPlane.calls())["downloadNatsUserCreds"]).toBeUndefined();
    await expect(login(before.creds)).rejects.toThrow(/authorization violation/i);
    expect(await refusedBy(after.creds, { publish: ["claims.events.x"], subscribe: [] })).toEqual([]);
  });
});

describe("a change outside", () => {
  it("is repaired after a refresh that finds the user gone", async () => {
    await declare();
    const before = await up();
    await controlPlane.call("DELETE", `/api/core/beta/nats-users/${before.userId}`);

    expect((await project.run("up")).changes).toEqual({ same: 1 });
    expect((await project.run("refresh")).exitCode).toBe(0);
    const after = await up();

    expect(await controlPlane.users()).toMatchObject([
      { id: after.userId, user_public_key: after.publicKey },
    ]);
    expect(after.publicKey).not.toBe(before.publicKey);
    expect(await refusedBy(after.creds, { publish: ["claims.events.x"], subscribe: [] })).toEqual([]);
  });

  it("of the nkey makes new creds and revokes the old nkey", async () => {
    await declare();
    const before = await up();
    await controlPlane.call("POST", `/api/core/beta/nats-users/${before.userId}/rotate`);
    await project.run("refresh");
    const after = await up();

    expect(after).toMatchObject({ userId: before.userId, reason: "the nkey was changed outside" });
    expect(after.publicKey).not.toBe(before.publicKey);
    expect(Object.keys(await controlPlane.revocations())).toContain(before.publicKey);
    expect(await refusedBy(after.creds, { publish: ["claims.events.x"], subscribe: [] })).toEqual([]);
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

describe("a run that does not end well", () => {
  it("killed between the creation and the checkpoint leaves one user, which the next run adopts", async () => {
    await declare();
    await controlPlane.fail({ operation: "downloadNatsUserCreds", kind: "hang" });
    const run = project.start();
    while ((await controlPlane.calls())["downloadNatsUserCreds"] === undefined) {
      expect(run.exitCode, "the run ended before the creds were asked for").toBeNull();
      await sleep(100);
    }
    await project.kill(run);
    expect(await project.resources("NatsUser")).toEqual([]);
    const [orphan] = await controlPlane.users();

    const { userId, creds, reason } = await up();

    expect(userId).toBe(orphan?.id);
    expect(await controlPlane.users()).toHaveLength(1);
    expect(reason).toBe("adopted from a run that did not finish");
    expect(await refusedBy(creds, { publish: ["claims.events.x"], subscribe: [] })).toEqual([]);
  });

  it("whose creation got no answer adopts what it created", async () => {
    await declare();
    await controlPlane.fail({ operation: "createUser", kind: "act-then-disconnect" });
    const { userId } = await up();
    expect(await controlPlane.users()).toMatchObject([{ id: userId }]);
    expect((await controlPlane.calls())["createUser"]).toBe(1);
  });

  it("names the setting of a wrong token and never the token", async () => {
    await project.close();
    const token = "uat_wrongwrongwrongwrong";
    project = await TestProject.create({ SYNADIA_TOKEN: token });
    await declare();
    const { exitCode, output } = await project.run("up");

    expect(exitCode).not.toBe(0);
    expect(output).toContain("nats.synadia.tokenFrom (SYNADIA_TOKEN)");
    expect(output).not.toContain(token);
    expect(output).not.toMatch(/^\s+at /m);
  });

  it("says everything that is wrong with a declaration before anything is created", async () => {
    await declare(
      { publish: ["", "claims..x"], subscribe: ["claims.>.x"] },
      { tokenFrom: "uat_not-a-variable" },
    );
    const { exitCode, output } = await project.run("preview");

    expect(exitCode).not.toBe(0);
    for (const place of ["publish[0]", "publish[1]", "subscribe[0]", "synadia.tokenFrom"])
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
    expect(await refusedBy(after.creds, { publish: ["claims.events.x"], subscribe: [] })).toEqual([]);
    await expect(login(before.creds)).rejects.toThrow(/authorization violation/i);
  });

  it("follows another signing-key group, not another way to name the same", async () => {
    await declare();
    const before = await up();
    await declare(RIGHTS, { signingKeyGroup: "default" });
    expect((await project.run("preview")).changes).not.toHaveProperty("replace");

    const other = (await controlPlane.call(
      "POST",
      `/api/core/beta/accounts/${controlPlane.accountId}/account-sk-groups`,
      { name: "Other", programmatic: false },
    )) as { id: string };
    await declare(RIGHTS, { signingKeyGroup: other.id });
    const after = await up();

    expect(await controlPlane.users()).toMatchObject([{ id: after.userId, sk_group_id: other.id }]);
    expect(after.userId).not.toBe(before.userId);
    await expect(login(before.creds)).rejects.toThrow(/authorization violation/i);
  });
});
