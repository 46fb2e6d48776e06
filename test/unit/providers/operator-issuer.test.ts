import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { OperatorIssuerInputs, UserDeclaration } from "@haulway/providers/issuer/issuer";
import { type Nkey, nkeyFromSeed } from "@haulway/providers/issuer/operator/nkey";
import { operatorIssuer } from "@haulway/providers/issuer/operator/operator-issuer";
import { type Claims, signClaims } from "@haulway/providers/issuer/operator/signed-claims";
import { SystemAccount } from "@haulway/providers/issuer/operator/system-account";
import { decode, type User } from "@nats-io/jwt";
import { createAccount, createOperator, createUser } from "@nats-io/nkeys";
import { connect, credsAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { nkeyOf, seedOf, TestOperator, type TestSecrets } from "../../engine/support/nats-operator.ts";
import { refusedAt } from "../../engine/support/nats-rights.ts";

let nats: TestOperator;

beforeAll(async () => {
  nats = await TestOperator.start();
});

afterEach(() => {
  vi.unstubAllEnvs();
});

afterAll(() => nats.close());

const DECLARATION: UserDeclaration = {
  name: "local.claims.intake.publisher",
  environment: "local",
  publish: ["claims.events.>"],
  subscribe: ["claims.commands.>"],
  respond: false,
  inbox: "_INBOX.local.claims.intake.publisher",
  expires: 0,
};

interface Changes {
  readonly secrets?: Partial<TestSecrets>;
  readonly inputs?: Partial<OperatorIssuerInputs>;
}

/**
 * An issuer of the account, as a process of its own would have it. It does not wait long for others to undo what it
 * wrote, because there are none.
 */
async function issuerAt(server: TestOperator, { secrets = {}, inputs = {} }: Changes = {}) {
  for (const [name, value] of Object.entries(await server.environment(secrets))) vi.stubEnv(name, value);
  return operatorIssuer(server.inputs(inputs), {
    now: unixNow,
    sleep: (milliseconds) => sleep(Math.min(milliseconds, 100)),
  });
}

/** A user with credentials. */
async function userOf(server: TestOperator, declared: Partial<UserDeclaration> = {}) {
  const issuer = await issuerAt(server);
  const declaration = { ...DECLARATION, ...declared };
  const { handle } = await issuer.ensure(declaration, "owner");
  const creds = await issuer.issue(handle, declaration, { newKey: false });
  return { issuer, handle, declaration, creds };
}

/** The identity of the operator, as the code under test reads it. */
async function operatorKey(): Promise<Nkey> {
  const key = await nkeyFromSeed(seedOf(nats.operator));
  if (key === undefined) throw new Error("the operator has no key");
  return key;
}

const unixNow = () => Math.floor(Date.now() / 1000);

/** Why the connection was closed. */
async function closedBy(connection: NatsConnection): Promise<string> {
  const error = await connection.closed();
  return error instanceof Error ? error.message : "nobody";
}

/** A process that revokes and then ends by itself. */
async function revokeInProcess(publicKey: string, environment: Record<string, string>) {
  const module = createRequire(import.meta.url).resolve("@haulway/providers/issuer/operator/operator-issuer");
  const program = `
    const { operatorIssuer } = require(${JSON.stringify(module)});
    operatorIssuer(${JSON.stringify(nats.inputs())}).revoke([{ publicKey: "${publicKey}", before: 7 }])
      .catch((error) => { console.error(error.message); process.exitCode = 1; });`;
  const child = spawn(process.execPath, ["-e", program], { env: { ...process.env, ...environment } });
  let output = "";
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, output };
}

describe("creds of the operator's issuer, on a real nats-server", () => {
  it("may do what is declared, and nothing else", async () => {
    const { creds } = await userOf(nats);
    const allowed = {
      publish: ["claims.events.filed"],
      subscribe: ["claims.commands.file", `${DECLARATION.inbox}.1`],
    };
    expect(await refusedAt(nats.url(), creds.text, allowed)).toEqual([]);
    const denied = {
      publish: ["claims.commands.file", "quoting.events.x", "$SYS.REQ.CLAIMS.UPDATE"],
      subscribe: ["claims.events.filed", "_INBOX.>", `${DECLARATION.inbox}2.1`, ">"],
    };
    expect(await refusedAt(nats.url(), creds.text, denied)).toHaveLength(7);
  });

  it("may do nothing where a list is empty", async () => {
    const { creds } = await userOf(nats, { publish: [], subscribe: [], inbox: "" });
    expect(await refusedAt(nats.url(), creds.text, { publish: ["a"], subscribe: ["b"] })).toHaveLength(2);
  });

  it("reach subjects in any writing", async () => {
    const { creds } = await userOf(nats, { publish: ["größe.日本.>"] });
    expect(await refusedAt(nats.url(), creds.text, { publish: ["größe.日本.x"], subscribe: [] })).toEqual([]);
  });

  it("request and answer, each with an inbox of its own", async () => {
    const requester = await userOf(nats, { publish: ["claims.quote"], subscribe: [] });
    const responder = await userOf(nats, {
      name: "local.claims.quoting.responder",
      publish: [],
      subscribe: ["claims.quote"],
      respond: true,
      inbox: "_INBOX.local.claims.quoting.responder",
    });
    const answering = await nats.login(responder.creds.text);
    answering.subscribe("claims.quote", { callback: (_, message) => void message.respond("42") });
    await answering.flush();
    const asking = await connect({
      servers: nats.url(),
      authenticator: credsAuthenticator(new TextEncoder().encode(requester.creds.text)),
      inboxPrefix: DECLARATION.inbox,
      reconnect: false,
    });
    expect((await asking.request("claims.quote")).string()).toBe("42");
    expect(
      await refusedAt(nats.url(), responder.creds.text, {
        publish: [`${DECLARATION.inbox}.x`, "claims.quote"],
        subscribe: [`${DECLARATION.inbox}.x`],
      }),
    ).toHaveLength(3);
    await Promise.all([asking.close(), answering.close()]);
  });

  it("are of the same nkey in each generation, and of a younger second", async () => {
    const { issuer, handle, declaration, creds } = await userOf(nats);
    const options = { newKey: false, present: creds.text };
    const second = await issuer.issue(handle, { ...declaration, publish: ["claims.other"] }, options);
    expect(second.publicKey).toBe(creds.publicKey);
    expect(second.publicKey).toBe(handle.publicKey);
    expect(second.issuedAt).toBeGreaterThan(creds.issuedAt);
    expect(nkeyOf(second.text).getPublicKey()).toBe(creds.publicKey);
    expect(await refusedAt(nats.url(), second.text, { publish: ["claims.other"], subscribe: [] })).toEqual(
      [],
    );
    // Issuing takes nothing from the generation before.
    expect(await refusedAt(nats.url(), creds.text, { publish: ["claims.events.x"], subscribe: [] })).toEqual(
      [],
    );
  });

  it("are of another nkey when that is asked for, or no present ones are known", async () => {
    const { issuer, handle, declaration, creds } = await userOf(nats);
    const rotated = await issuer.issue(handle, declaration, { newKey: true, present: creds.text });
    const lost = await issuer.issue(handle, declaration, { newKey: false });
    expect(new Set([creds.publicKey, rotated.publicKey, lost.publicKey]).size).toBe(3);
    for (const { text } of [rotated, lost]) await (await nats.login(text)).close();
  });

  it("work until they expire", async () => {
    const { creds } = await userOf(nats, { expires: unixNow() + 3 });
    const connection = await nats.login(creds.text);
    expect(await closedBy(connection)).toMatch(/expired/i);
    const login = () => nats.login(creds.text).then((again) => again.close(), String);
    await expect.poll(login).toMatch(/authorization violation/i);
  });

  it("are not issued when they would have expired", async () => {
    await expect(userOf(nats, { expires: unixNow() - 1 })).rejects.toThrow(
      /local\.claims\.intake\.publisher expires at .* which has passed/,
    );
  });

  it("hold the name of the user and of the account", async () => {
    const { creds } = await userOf(nats);
    const claims = decode<User>(/eyJ\S+/.exec(creds.text)?.[0] ?? "");
    expect(claims).toMatchObject({
      name: DECLARATION.name,
      iss: nats.signingKey.getPublicKey(),
      nats: { issuer_account: nats.account.getPublicKey() },
    });
  });
});

describe("a revocation", () => {
  it("ends the connections of the old generation and spares the new", async () => {
    const { issuer, handle, declaration, creds } = await userOf(nats);
    const next = await issuer.issue(handle, declaration, { newKey: false, present: creds.text });
    const [old, young] = [await nats.login(creds.text), await nats.login(next.text)];
    const ended = closedBy(old);
    await issuer.revoke([{ publicKey: creds.publicKey, before: next.issuedAt - 1 }]);

    expect(await ended).toMatch(/revoked/i);
    await expect(nats.login(creds.text)).rejects.toThrow(/authorization violation/i);
    await young.flush();
    expect(young.isClosed()).toBe(false);
    await young.close();
    await (await nats.login(next.text)).close();
    expect(await issuer.observe(handle)).toMatchObject({
      publicKey: creds.publicKey,
      name: DECLARATION.name,
      revokedUntil: next.issuedAt - 1,
    });
  });

  it("outlives a restart of the server", async () => {
    const { issuer, creds } = await userOf(nats);
    await issuer.revoke([{ publicKey: creds.publicKey, before: 0 }]);
    await nats.stopServers();
    await nats.startServers();
    await expect(nats.login(creds.text)).rejects.toThrow(/authorization violation/i);
    expect((await nats.revocations())[creds.publicKey]).toBeGreaterThanOrEqual(creds.issuedAt);
  });

  it("leaves everything else in the account as it is, and signs with the key that is given", async () => {
    const description = "Schäden \u2028 <claims> & 日本 \\u00e9";
    const changes = {
      description,
      exports: [{ name: "e", subject: "e.>", type: "stream" as const, revocations: { UX: 4 } }],
      default_permissions: { pub: { deny: ["secret.>"] } },
      mappings: { a: [{ subject: "b", weight: 50 }] },
    };
    const { iss: _, ...plain } = (await nats.claims()) as unknown as Claims;
    const changed = { ...plain, exp: unixNow() + 9_999, nats: { ...plain.nats, ...changes } };
    await nats.push(signClaims(changed, await operatorKey()));
    const before = await nats.claims();
    const issuer = await issuerAt(nats);
    const key = createUser().getPublicKey();
    await issuer.revoke([{ publicKey: key, before: 7 }]);

    const { iat, jti, iss, nats: after, ...rest } = await nats.claims();
    const { iat: _iat, jti: oldJti, iss: _iss, nats: old, ...oldRest } = before;
    expect(rest).toEqual(oldRest);
    expect(after).toEqual({ ...old, revocations: { ...old.revocations, [key]: 7 } });
    expect(iss).toBe(nats.operatorSigningKey.getPublicKey());
    expect(iat).toBeGreaterThanOrEqual(before.iat);
    expect(jti).not.toBe(oldJti);
    await nats.push(await nats.newAccount());
  });

  it("is never lowered, and writes nothing when it is there", async () => {
    const issuer = await issuerAt(nats);
    const [key, other] = [createUser().getPublicKey(), createUser().getPublicKey()];
    await issuer.revoke([
      { publicKey: key, before: 500 },
      { publicKey: key, before: 900 },
      { publicKey: other, before: 1 },
    ]);
    const { jti } = await nats.claims();
    await issuer.revoke([{ publicKey: key, before: 899 }]);
    await (await issuerAt(nats)).revoke([{ publicKey: other, before: 1 }]);
    await issuer.revoke([]);
    expect((await nats.claims()).jti).toBe(jti);
    expect(await nats.revocations()).toMatchObject({ [key]: 900, [other]: 1 });
  });

  it("of this second does not meet what is issued next", async () => {
    const { issuer, handle, declaration, creds } = await userOf(nats);
    await issuer.revoke([{ publicKey: creds.publicKey, before: unixNow() + 1 }]);
    const next = await issuer.issue(handle, declaration, { newKey: false, present: creds.text });
    expect(next.publicKey).toBe(creds.publicKey);
    await (await nats.login(next.text)).close();
  });

  it("of the days to come is escaped with another nkey", async () => {
    const { issuer, handle, declaration, creds } = await userOf(nats);
    await issuer.revoke([{ publicKey: creds.publicKey, before: unixNow() + 86_400 }]);
    const next = await issuer.issue(handle, declaration, { newKey: false, present: creds.text });
    expect(next.publicKey).not.toBe(creds.publicKey);
    await (await nats.login(next.text)).close();
  });

  it("of everybody until a later day hinders every issue, and says so", async () => {
    const { issuer, handle, declaration, creds } = await userOf(nats);
    await nats.push(await nats.newAccount({ revocations: { "*": unixNow() + 86_400 } }));
    await expect(issuer.issue(handle, declaration, { newKey: false, present: creds.text })).rejects.toThrow(
      /revokes the credentials of all its users \("\*"\) issued until/,
    );
    await nats.push(await nats.newAccount());
  });

  it("that somebody else takes back unknowingly is made again", async () => {
    await issuerAt(nats);
    const issuer = operatorIssuer(nats.inputs());
    const key = createUser().getPublicKey();
    const stale = await nats.newAccount({ description: "read before the revocation" });
    const revoking = issuer.revoke([{ publicKey: key, before: 7 }]);
    await expect.poll(() => nats.revocations()).toHaveProperty(key);
    await nats.push(stale);
    expect(await nats.revocations()).not.toHaveProperty(key);
    await revoking;
    expect((await nats.claims()).nats).toMatchObject({
      description: "read before the revocation",
      revocations: { [key]: 7 },
    });
  });

  it("is refused rather than to change a number that cannot be kept", async () => {
    const jwt = await nats.newAccount({ limits: { conn: -1, subs: 2 ** 60 } });
    await nats.push(jwt);
    const issuer = await issuerAt(nats);
    await expect(issuer.revoke([{ publicKey: createUser().getPublicKey(), before: 7 }])).rejects.toThrow(
      /a number at nats\.limits\.subs that is too large/,
    );
    await nats.push(await nats.newAccount());
  });

  it("reaches all servers of a cluster", async () => {
    const cluster = await TestOperator.start({ servers: 2 });
    try {
      const { issuer, creds } = await userOf(cluster);
      const connections = [await cluster.login(creds.text, 0), await cluster.login(creds.text, 1)];
      const ended = connections.map(closedBy);
      await issuer.revoke([{ publicKey: creds.publicKey, before: creds.issuedAt }]);
      for (const reason of await Promise.all(ended)) expect(reason).toMatch(/revoked/i);
      for (const index of [0, 1]) {
        expect(await cluster.revocations(index)).toEqual({ [creds.publicKey]: creds.issuedAt });
      }
    } finally {
      await cluster.close();
    }
  });
});

describe("many processes that revoke at once", () => {
  it.each([
    ["on one machine", () => Promise.resolve(tmpdir())],
    ["on machines that share no lock", () => mkdtemp(join(tmpdir(), "haulway-machine-"))],
  ])("lose nothing %s", async (_, directory) => {
    const environment = await nats.environment();
    const keys = Array.from({ length: 20 }, () => createUser().getPublicKey());
    const machines = await Promise.all(keys.map(directory));
    const results = await Promise.all(
      keys.map((key, index) => revokeInProcess(key, { ...environment, TMPDIR: machines[index] ?? "" })),
    );
    expect(results).toEqual(keys.map(() => ({ code: 0, output: "" })));
    expect(Object.keys(await nats.revocations())).toEqual(expect.arrayContaining(keys));
    for (const machine of machines) if (machine !== tmpdir()) await rm(machine, { recursive: true });
  });
});

describe("the removal of a user", () => {
  it("revokes every nkey it ever had, and may be done again", async () => {
    const { issuer, handle, declaration, creds } = await userOf(nats);
    const rotated = await issuer.issue(handle, declaration, { newKey: true, present: creds.text });
    const connection = await nats.login(rotated.text);
    const ended = closedBy(connection);
    await issuer.remove({ ...handle, publicKey: rotated.publicKey }, [creds.publicKey]);
    await issuer.remove({ ...handle, publicKey: rotated.publicKey }, [creds.publicKey]);

    expect(await ended).toMatch(/revoked/i);
    for (const { text } of [creds, rotated]) {
      await expect(nats.login(text)).rejects.toThrow(/authorization violation/i);
    }
  });

  it("has nothing to do when the account is gone", async () => {
    const { issuer, handle } = await userOf(nats);
    const gone = await issuerAt(nats, { inputs: { account: createAccount().getPublicKey() } });
    await gone.remove(handle, []);
    await expect(gone.revoke([{ publicKey: handle.publicKey, before: 7 }])).rejects.toThrow(
      /nats\.operator\.account is .* know no such account/,
    );
    expect((await issuer.observe(handle))?.revokedUntil).toBe(0);
  });
});

describe("the verification", () => {
  it("accepts what is right, and changes nothing", async () => {
    const { jti } = await nats.claims();
    const issuer = await issuerAt(nats);
    await issuer.verify();
    expect((await nats.claims()).jti).toBe(jti);
  });

  it.each<[string, () => Partial<TestSecrets> | Promise<Partial<TestSecrets>>]>([
    [
      "the identities of operator and account",
      () => ({
        operatorKey: seedOf(nats.operator),
        signingKey: seedOf(nats.account),
      }),
    ],
    [
      "system creds that may do no more than they must",
      async () => ({
        systemCreds: await nats.systemUser({
          pub: { allow: ["$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP", "$SYS.REQ.CLAIMS.UPDATE"] },
        }),
      }),
    ],
  ])("accepts %s, with which users are issued and revoked", async (_, secrets) => {
    const issuer = await issuerAt(nats, { secrets: await secrets() });
    const { handle } = await issuer.ensure(DECLARATION, "owner");
    const creds = await issuer.issue(handle, DECLARATION, { newKey: false });
    await (await nats.login(creds.text)).close();
    await issuer.revoke([{ publicKey: creds.publicKey, before: 0 }]);
    await expect(nats.login(creds.text)).rejects.toThrow(/authorization violation/i);
    await nats.push(await nats.newAccount());
  });

  it.each<[string, () => Changes | Promise<Changes>, RegExp]>([
    [
      "an operator's key that the servers do not trust",
      () => ({ secrets: { operatorKey: seedOf(createOperator()) } }),
      /^nats\.operator\.operatorKeyFrom \(NATS_OPERATOR_KEY\) holds the key O\w+, which the NATS server test-0 does not trust\. Give it the seed/,
    ],
    [
      "an operator's key that did not sign the account, when the servers may not be asked",
      async () => ({
        secrets: {
          operatorKey: seedOf(nats.operator),
          systemCreds: await nats.systemUser({ pub: { allow: ["$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP"] } }),
        },
      }),
      /^nats\.operator\.operatorKeyFrom \(NATS_OPERATOR_KEY\) .* is signed by O\w+, .* \$SYS\.REQ\.SERVER\.PING\.VARZ/,
    ],
    [
      "a signing key of another account",
      () => ({ secrets: { signingKey: seedOf(createAccount()) } }),
      /^nats\.operator\.signingKeyFrom \(NATS_SIGNING_KEY\) .* none of the signing keys of account A\w+ .* Give it the seed of one of/,
    ],
    [
      "a signing key that is bound to a role",
      () => ({ secrets: { signingKey: seedOf(nats.scopedKey) } }),
      /^nats\.operator\.signingKeyFrom \(NATS_SIGNING_KEY\) .* binds to a role \(a scoped signing key\)/,
    ],
    [
      "creds of another account than the system account",
      async () => ({ secrets: { systemCreds: await nats.accountUser() } }),
      /^nats\.operator\.systemCredsFrom \(NATS_SYSTEM_CREDS\) holds creds of a user of account A\w+, which is not the system account/,
    ],
    [
      "creds that the servers refuse",
      async () => {
        const { issuer, creds } = await userOf(nats);
        await issuer.revoke([{ publicKey: creds.publicKey, before: 0 }]);
        return { secrets: { systemCreds: creds.text } };
      },
      /^nats\.operator\.systemCredsFrom \(NATS_SYSTEM_CREDS\) holds creds that the NATS servers .* refuse/,
    ],
    [
      "system creds without the right to ask for the account",
      async () => ({ secrets: { systemCreds: await nats.systemUser({ pub: { allow: ["other"] } }) } }),
      /^nats\.operator\.systemCredsFrom \(NATS_SYSTEM_CREDS\) holds creds that may not publish to \$SYS\.REQ\.ACCOUNT/,
    ],
    [
      "system creds that may not receive an answer",
      async () => ({ secrets: { systemCreds: await nats.systemUser({ sub: { deny: [">"] } }) } }),
      /^nats\.operator\.systemCredsFrom \(NATS_SYSTEM_CREDS\) holds creds that may not subscribe to _INBOX/,
    ],
    [
      "an account that the servers do not know",
      () => ({ inputs: { account: createAccount().getPublicKey() } }),
      /^nats\.operator\.account is A\w+, but the NATS servers know no such account\. Give it/,
    ],
    [
      "servers that are not there",
      () => ({ inputs: { servers: "nats://127.0.0.1:1,nats://127.0.0.1:2" } }),
      /^No NATS server answers at nats\.servers \(nats:\/\/127\.0\.0\.1:1, nats:\/\/127\.0\.0\.1:2\): .* Check that/,
    ],
    [
      "addresses for browsers only",
      () => ({ inputs: { servers: "wss://127.0.0.1:1" } }),
      /^nats\.servers \(wss:\/\/127\.0\.0\.1:1\) names WebSocket addresses only/,
    ],
    [
      "a variable that is not set",
      () => ({ inputs: { operatorKeyFrom: "NOWHERE_TO_BE_FOUND" } }),
      /^nats\.operator\.operatorKeyFrom names the variable NOWHERE_TO_BE_FOUND, but neither/,
    ],
  ])("refuses %s", async (_, changes, message) => {
    const given = await changes();
    const { jti } = await nats.claims();
    const issuer = await issuerAt(nats, given);
    const error: unknown = await issuer.verify().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: expect.stringMatching(message) as string, stack: "" });
    for (const secret of Object.values({ ...nats.secrets(), ...given.secrets })) {
      expect(String(error)).not.toContain(/S[AOU][A-Z2-7]{56}/.exec(secret)?.[0]);
    }
    expect((await nats.claims()).jti).toBe(jti);
  });

  it("refuses an account that has expired", async () => {
    await nats.push(await nats.newAccount({}, nats.operator, unixNow() + 5));
    try {
      // An issuer that has found everything in order does not look again.
      const verify = async () => (await issuerAt(nats)).verify().then(() => "", String);
      await expect.poll(verify, { timeout: 60_000 }).toMatch(/expired at/);
    } finally {
      await nats.push(await nats.newAccount());
    }
  });

  it("refuses the operator's identity where signing keys are demanded, and revokes with a signing key", async () => {
    const strict = await TestOperator.start({ strict: true });
    try {
      const wrong = await issuerAt(strict, { secrets: { operatorKey: seedOf(strict.operator) } });
      await expect(wrong.verify()).rejects.toThrow(/operatorKeyFrom .* demands that signing keys are used/);
      const identity = await issuerAt(strict, { secrets: { signingKey: seedOf(strict.account) } });
      await expect(identity.verify()).rejects.toThrow(/signingKeyFrom .* identity of account .* demands/);
      const { issuer, creds } = await userOf(strict);
      await issuer.revoke([{ publicKey: creds.publicKey, before: 0 }]);
      await expect(strict.login(creds.text)).rejects.toThrow(/authorization violation/i);
    } finally {
      await strict.close();
    }
  });

  it("refuses servers that keep accounts in memory only", async () => {
    const forgetful = await TestOperator.start({ resolver: "memory" });
    try {
      const issuer = await issuerAt(forgetful);
      await expect(issuer.verify()).rejects.toThrow(
        /keep no account JWTs that can be changed.*resolver of the type full/,
      );
    } finally {
      await forgetful.close();
    }
  });

  it("is asked for again after it failed, and not after it succeeded", async () => {
    const server = await TestOperator.start();
    const issuer = await issuerAt(server);
    await server.stopServers();
    await expect(issuer.verify()).rejects.toThrow(/No NATS server answers/);
    await server.startServers();
    await issuer.verify();
    await server.close();
    await issuer.verify();
  });

  it("comes before anything is revoked: a stranger's key would shut out every user", async () => {
    const { creds } = await userOf(nats);
    const issuer = await issuerAt(nats, { secrets: { operatorKey: seedOf(createOperator()) } });
    const revoking = issuer.revoke([{ publicKey: creds.publicKey, before: 0 }]);
    await expect(revoking).rejects.toThrow(/operatorKeyFrom .* does not trust/);
    await (await nats.login(creds.text)).close();
  });
});

describe("servers", () => {
  it("that refuse a changed account are quoted with their reason", async () => {
    await issuerAt(nats);
    const system = new SystemAccount(nats.inputs());
    await expect(system.push("nonsense")).rejects.toThrow(
      /^The NATS server test-0 refuses the changed JWT of account A\w+: jwt update resulted in error - /,
    );
  });

  it("that go away for a moment are asked again", async () => {
    const { issuer, handle } = await userOf(nats);
    await issuer.verify();
    await nats.stopServers();
    const observing = issuer.observe(handle);
    await nats.startServers();
    expect((await observing)?.revokedUntil).toBe(0);
  });

  it("see a connection only while it is used", async () => {
    const { issuer, handle } = await userOf(nats);
    await Promise.all([issuer.observe(handle), issuer.observe(handle), issuer.verify()]);
    const watcher = await nats.login(nats.systemCreds);
    const connections = async (): Promise<number> => {
      const answer = await watcher.request("$SYS.REQ.SERVER.PING.CONNZ", "", { timeout: 5_000 });
      return answer.json<{ data: { num_connections: number } }>().data.num_connections;
    };
    // The watcher itself remains.
    await expect.poll(connections, { timeout: 10_000 }).toBe(1);
    await watcher.close();
  });
});
