import { setTimeout as wait } from "node:timers/promises";
import { connect, credsAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startNats, type TestNats } from "./support/nats.ts";
import { ACCOUNT_ID, startSynadia, type TestSynadia } from "./support/synadia.ts";

let nats: TestNats;
let synadia: TestSynadia;

beforeAll(async () => {
  nats = await startNats();
  synadia = await startSynadia(nats.layout, nats.url);
  await synadia.synced();
});

afterAll(async () => {
  await synadia.close();
  await nats.remove();
});

describe("creds of the stand-in, on a real nats-server", () => {
  it("publish and subscribe where they allow it", async () => {
    const publisher = await synadia.user("publisher", {
      pub: { allow: ["claims.events.>"] },
      sub: { deny: [">"] },
    });
    const subscriber = await synadia.user("subscriber", {
      sub: { allow: ["claims.events.>"] },
      pub: { deny: [">"] },
    });
    const reading = await join(subscriber.creds);
    const writing = await join(publisher.creds);
    const messages = reading.subscribe("claims.events.filed", { max: 1 });
    await reading.flush();
    writing.publish("claims.events.filed", "42");
    const received: string[] = [];
    for await (const message of messages) {
      received.push(message.string());
    }
    expect(received).toEqual(["42"]);
    await Promise.all([reading.close(), writing.close()]);
  });

  it("are refused elsewhere", async () => {
    const user = await synadia.user("narrow", { pub: { allow: ["claims.a"] }, sub: { allow: ["claims.a"] } });
    const connection = await join(user.creds);
    const denied = statusErrors(connection);
    connection.publish("claims.b", "");
    connection.subscribe("claims.c", { callback: () => undefined });
    await connection.flush();
    await expect
      .poll(() => denied)
      .toEqual([
        'Permissions Violation for Publish to "claims.b"',
        'Permissions Violation for Subscription to "claims.c"',
      ]);
    await connection.close();
  });

  it("are refused once revoked, and later ones of the same key are not", async () => {
    const user = await synadia.user("revoked", {});
    const issued = issuedAt(user.creds);
    await wait(1_100);
    const second = await synadia.creds(user.id);
    expect(issuedAt(second)).toBeGreaterThan(issued);
    await synadia.call("PUT", revocation(user.publicKey), { before: issuedAt(second) - 1 });
    await synadia.synced();
    await expect(join(user.creds)).rejects.toThrow(/Authorization Violation/);
    const connection = await join(second);
    await connection.close();
  });

  it("work again when the revocation is removed", async () => {
    const user = await synadia.user("reinstated", {});
    await synadia.call("PUT", revocation(user.publicKey), { before: 0 });
    await synadia.synced();
    await expect(join(user.creds)).rejects.toThrow(/Authorization Violation/);
    await synadia.call("DELETE", revocation(user.publicKey));
    await synadia.synced();
    await (await join(user.creds)).close();
  });

  it("outlive a change, a rotation and the removal of their user", async () => {
    const user = await synadia.user("outlived", { pub: { allow: ["old"] } });
    await synadia.call("PATCH", `/nats-users/${user.id}`, { jwt_settings: { pub: { allow: ["new"] } } });
    await synadia.call("POST", `/nats-users/${user.id}/rotate`);
    await synadia.call("DELETE", `/nats-users/${user.id}`);
    const connection = await join(user.creds);
    const denied = statusErrors(connection);
    connection.publish("old", "");
    connection.publish("new", "");
    await connection.flush();
    await expect.poll(() => denied).toEqual(['Permissions Violation for Publish to "new"']);
    await connection.close();
  });

  it("of a scoped group have the group's permissions", async () => {
    const scope = { pub: { allow: ["scoped.>"] }, sub: { allow: ["_INBOX.>"] } };
    const group = await synadia.call("POST", `/accounts/${ACCOUNT_ID}/account-sk-groups`, {
      name: "scoped",
      scope,
    });
    await synadia.synced();
    const user = await synadia.call("POST", `/accounts/${ACCOUNT_ID}/nats-users`, {
      name: "scoped",
      sk_group_id: group.json["id"],
      jwt_settings: { tags: ["a:b"] },
    });
    const connection = await join(await synadia.creds(String(user.json["id"])));
    const denied = statusErrors(connection);
    connection.publish("scoped.x", "");
    connection.publish("other", "");
    await connection.flush();
    await expect.poll(() => denied).toEqual(['Permissions Violation for Publish to "other"']);
    await connection.close();
  });

  it("are known to a server that lost its accounts, after the stand-in has started again", async () => {
    const user = await synadia.user("survivor", {});
    await synadia.close();
    await nats.stop();
    synadia = await startSynadia(nats.layout, nats.url);
    await nats.start();
    await synadia.synced();
    await (await join(user.creds)).close();
    const { status, json } = await synadia.call("GET", `/nats-users/${user.id}`);
    expect({ status, key: json["user_public_key"] }).toEqual({ status: 200, key: user.publicKey });
  });
});

function join(creds: string): Promise<NatsConnection> {
  return connect({
    servers: nats.url,
    authenticator: credsAuthenticator(new TextEncoder().encode(creds)),
    reconnect: false,
  });
}

/** Collects what the server refuses on a connection. */
function statusErrors(connection: NatsConnection): string[] {
  const errors: string[] = [];
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type === "error") {
        errors.push(status.error.message);
      }
    }
  })();
  return errors;
}

function issuedAt(creds: string): number {
  const jwt = /-----BEGIN NATS USER JWT-----\n(.+)\n/.exec(creds)?.[1] ?? "";
  const claims = JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString("utf8")) as {
    iat: number;
  };
  return claims.iat;
}

function revocation(key: string): string {
  return `/accounts/${ACCOUNT_ID}/nats-user-revocations/${key}`;
}
