import { credsAuthenticator, type NatsConnection } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Project } from "./support/sandbox.ts";

const project = new Project(inject("sandbox"));

interface Secret {
  readonly data: Readonly<Record<string, string>>;
}

/** The creds as the workload's container would read them: from the Secret in its namespace. */
async function credentials(cluster: string, namespace: string, secret: string): Promise<Uint8Array> {
  const { data } = await project.get<Secret>(cluster, "secret", secret, "--namespace", namespace);
  expect(Object.keys(data)).toContain("nats.creds");
  return Buffer.from(data["nats.creds"] ?? "", "base64");
}

async function connectWith(creds: Uint8Array): Promise<NatsConnection> {
  const { nats } = await project.status();
  return connect({
    servers: nats.url,
    authenticator: credsAuthenticator(creds),
    reconnect: false,
    timeout: 10_000,
  });
}

/** The server's answer to one publish: nothing, or its complaint. A flush makes sure that it has answered. */
async function publish(connection: NatsConnection, subject: string): Promise<string> {
  let complaint = "";
  const done = new AbortController();
  const watching = (async () => {
    for await (const status of connection.status()) {
      if (done.signal.aborted) return;
      if (status.type === "error") complaint = status.error.message;
    }
  })();
  connection.publish(subject, "x");
  await connection.flush();
  await connection.flush();
  done.abort();
  void watching;
  return complaint;
}

/** The server's answer to one subscription: nothing, or its complaint. */
async function subscribe(connection: NatsConnection, subject: string): Promise<string> {
  const complaint: string[] = [];
  const subscription = connection.subscribe(subject, {
    callback: (error) => {
      if (error) complaint.push(error.message);
    },
  });
  await connection.flush();
  await connection.flush();
  if (!subscription.isClosed()) subscription.unsubscribe();
  return complaint.join();
}

describe("the creds of a workload", () => {
  let publisher: NatsConnection;
  let subscriber: NatsConnection;

  beforeAll(async () => {
    publisher = await connectWith(await credentials("workload-a", "claims", "intake-nats-publisher"));
    subscriber = await connectWith(await credentials("workload-a", "claims", "assessor-nats-subscriber"));
  });
  afterAll(async () => {
    await publisher.close();
    await subscriber.close();
  });

  it("carry a message from one workload to another", async () => {
    const subscription = subscriber.subscribe("claims.events.>", { max: 1 });
    await subscriber.flush();
    publisher.publish("claims.events.filed", "claim 7");
    const received: string[] = [];
    for await (const message of subscription) received.push(`${message.subject} ${message.string()}`);
    expect(received).toEqual(["claims.events.filed claim 7"]);
  });

  it("publish where the manifest allows and nowhere else", async () => {
    expect(await publish(publisher, "claims.events.filed")).toBe("");
    for (const subject of ["claims.commands.file", "quoting.events.made", "$SYS.REQ.SERVER.PING"]) {
      expect(await publish(publisher, subject), subject).toMatch(/permissions violation/i);
    }
  });

  it("subscribe where the manifest allows and nowhere else", async () => {
    expect(await subscribe(subscriber, "claims.events.>")).toBe("");
    for (const subject of [">", "claims.>", "quoting.>", "$SYS.>"]) {
      expect(await subscribe(subscriber, subject), subject).toMatch(/permissions violation/i);
    }
  });

  it("are refused when their seed belongs to another user", async () => {
    const one = Buffer.from(await credentials("workload-a", "claims", "intake-nats-publisher")).toString();
    const other = Buffer.from(
      await credentials("workload-a", "claims", "assessor-nats-subscriber"),
    ).toString();
    // The letters alone may stand in the JWT as well; a seed is a word of 58.
    const seed = /\bSU[A-Z2-7]{56}\b/;
    const mixed = one.replace(seed, seed.exec(other)?.[0] ?? "");
    expect(mixed).not.toBe(one);
    await expect(connectWith(Buffer.from(mixed))).rejects.toThrow(/authorization/i);
  });
});
