import type { SynadiaIssuerInputs, UserDeclaration } from "@haulway/providers/issuer/issuer";
import { SynadiaIssuer } from "@haulway/providers/issuer/synadia/synadia-issuer";
import { beforeEach, describe, expect, it } from "vitest";
import { DECLARED, World } from "./nats-user-world.ts";

const INPUTS = DECLARED.issuer as SynadiaIssuerInputs;

let world: World;

/** The issuer of a new process. */
function issuer(inputs: Partial<SynadiaIssuerInputs> = {}): SynadiaIssuer {
  world.begin();
  return new SynadiaIssuer({ ...INPUTS, ...inputs }, world, {
    now: () => world.now,
    sleep: async (milliseconds) => {
      world.now += Math.ceil(milliseconds / 1000);
    },
  });
}

function declaration(user: string): UserDeclaration {
  return { ...DECLARED, name: `test.claims.intake.${user}`, inbox: `_INBOX.${user}` };
}

const NEW = { newKey: false };

beforeEach(() => {
  world = new World();
});

describe("the calls of a process", () => {
  it("are two for each new user, after three for all of them", async () => {
    const many = issuer();
    await Promise.all(
      ["a", "b", "c"].map(async (user) => {
        await many.verify();
        const { handle } = await many.ensure(declaration(user), user);
        await many.issue(handle, declaration(user), NEW);
      }),
    );
    expect(world.calls.slice(0, 3)).toEqual(["getAccount", "listSigningKeyGroups", "listUsers"]);
    expect(world.calls.slice(3).toSorted()).toEqual([
      "createUser",
      "createUser",
      "createUser",
      "issueCreds",
      "issueCreds",
      "issueCreds",
    ]);
  });

  it("list the users again after a creation that may have been done, and after a removal", async () => {
    const one = issuer();
    await one.ensure(declaration("a"), "owner-a");
    world.begin({ call: 0, kind: "no answer after" });
    const { adopted, handle } = await one.ensure(declaration("b"), "owner-b");
    expect({ adopted, calls: world.calls }).toEqual({ adopted: false, calls: ["createUser", "listUsers"] });

    await one.remove(handle, [handle.publicKey]);
    world.begin();
    await one.ensure(declaration("b"), "owner-c");
    expect(world.calls).toEqual(["listUsers", "createUser"]);
  });

  it("look for a failed creation before they repeat it, and repeat it only after an answer", async () => {
    const one = issuer();
    await one.verify();
    world.begin({ call: 1, kind: "500 before" });
    await one.ensure(declaration("a"), "owner-a");
    expect(world.calls).toEqual(["listUsers", "createUser", "listUsers", "createUser"]);

    world.begin({ call: 0, kind: "no answer before" });
    await expect(one.ensure(declaration("b"), "owner-b")).rejects.toThrow(/no answer/);
    expect(world.calls).toEqual(["createUser", "listUsers"]);
  });
});

describe("a user that is found", () => {
  it("is the oldest of its identity, keeps the tags of others, and has no twin afterwards", async () => {
    const first = await issuer().ensure(declaration("a"), "owner-1");
    const [user] = world.users.values();
    if (user === undefined) throw new Error("no user");
    const tags = [...(user.jwt_settings.tags ?? []), "team:claims"];
    world.put({ ...user, jwt_settings: { ...user.jwt_settings, tags } });
    world.put({ ...user, id: "twin", created: "zzz", user_public_key: `U${"T".repeat(55)}` });
    world.download({ ...user, id: "twin", user_public_key: `U${"T".repeat(55)}` });

    const second = await issuer().ensure(declaration("a"), "owner-2");
    expect(second).toMatchObject({ adopted: true, earlierKeys: [first.handle.publicKey] });
    expect([...world.users.keys()]).toEqual([user.id]);
    expect([...world.users.values()][0]?.jwt_settings.tags).toEqual([
      "team:claims",
      "haulway:test:test.claims.intake.a",
      "haulway-owner:owner-2",
    ]);
    expect(world.accepted()).toEqual([]);
  });

  it("tells all nkeys whose credentials may still work, and not those that are revoked", async () => {
    const { handle } = await issuer().ensure(declaration("a"), "owner-1");
    const [user] = world.users.values();
    if (user === undefined) throw new Error("no user");
    world.download(user);
    const second = world.rekey(user);
    world.download(second);
    const third = world.rekey(second);
    world.revocations.set(handle.publicKey, world.now);

    const { earlierKeys } = await issuer().ensure(declaration("a"), "owner-2");
    expect(earlierKeys.toSorted()).toEqual([second.user_public_key, third.user_public_key].toSorted());
  });

  it("stays when another resource has adopted it", async () => {
    const { handle } = await issuer().ensure(declaration("a"), "owner-1");
    await issuer().issue(handle, declaration("a"), NEW);
    await issuer().ensure(declaration("a"), "owner-2");
    await issuer().remove(handle, [handle.publicKey]);
    expect(world.users.size).toBe(1);
    expect(world.accepted()).toHaveLength(1);
  });
});

describe("new credentials", () => {
  it("are younger than all of their nkey, whoever issued those", async () => {
    const { handle } = await issuer().ensure(declaration("a"), "owner-1");
    const [user] = world.users.values();
    if (user === undefined) throw new Error("no user");
    world.download(user);
    const { issuedAt, publicKey } = await issuer().issue(handle, declaration("a"), NEW);
    expect(publicKey).toBe(handle.publicKey);
    expect(issuedAt).toBe(world.issued[0]?.issuedAt === undefined ? 0 : world.issued[0].issuedAt + 1);
  });

  it("are of another nkey when this one is revoked for longer than one can wait", async () => {
    const { handle } = await issuer().ensure(declaration("a"), "owner-1");
    world.revocations.set(handle.publicKey, world.now + 3);
    const soon = await issuer().issue(handle, declaration("a"), NEW);
    expect(soon.publicKey).toBe(handle.publicKey);
    expect(world.accepts(soon)).toBe(true);

    world.revocations.set(handle.publicKey, world.now + 1_000);
    const later = await issuer().issue(handle, declaration("a"), NEW);
    expect(later.publicKey).not.toBe(handle.publicKey);
    expect(world.accepts(later)).toBe(true);
  });

  it("are not issued for other rights than are declared, nor for a user that has ended", async () => {
    const { handle } = await issuer().ensure(declaration("a"), "owner-1");
    const other = { ...declaration("a"), publish: [">"] };
    await expect(issuer().issue(handle, other, NEW)).rejects.toThrow(
      /pub\.allow differ from what is declared/,
    );
    const ended = { ...declaration("a"), expires: world.now };
    await expect(issuer().issue(handle, ended, NEW)).rejects.toThrow(/expires at .*, which has passed/);
    expect(world.issued).toEqual([]);
  });
});

describe("a revocation", () => {
  const KEY = `U${"K".repeat(55)}`;

  it.each<[string, number, number, number | undefined]>([
    ["is made", 100, 0, 100],
    ["is made stronger", 100, 50, 100],
    ["that says as much stays as it is", 100, 100, undefined],
    ["is never weakened", 100, 150, undefined],
  ])("%s", async (_, before, already, put) => {
    if (already !== 0) world.revocations.set(KEY, already);
    await issuer().revoke([{ publicKey: KEY, before }]);
    expect(world.revocations.get(KEY)).toBe(Math.max(before, already));
    expect(world.calls.includes("revoke")).toBe(put !== undefined);
    expect(world.calls.at(-1)).toBe("getAccount");
  });

  it("of everything until now leaves alone one that was made for ever", async () => {
    const forever = world.now + 10 * 365 * 86_400;
    world.revocations.set(KEY, forever);
    await issuer().revoke([{ publicKey: KEY, before: 0 }]);
    expect(world.revocations.get(KEY)).toBe(forever);
    world.revocations.set(KEY, world.now - 10);
    await issuer().revoke([{ publicKey: KEY, before: 0 }]);
    expect(world.revocations.get(KEY)).toBe(world.now);
  });

  it("of nothing asks nobody", async () => {
    await issuer().revoke([]);
    expect(world.calls).toEqual([]);
  });
});

describe("the verification", () => {
  it("names the setting of what is not there, and asks once", async () => {
    const one = issuer({ signingKeyGroup: "Other" });
    await expect(one.verify()).rejects.toThrow(/nats\.synadia\.signingKeyGroup is "Other"/);
    await expect(one.verify()).rejects.toThrow();
    expect(world.calls).toEqual(["getAccount", "listSigningKeyGroups"]);
  });
});
