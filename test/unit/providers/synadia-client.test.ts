import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ParallelCalls } from "@haulway/providers/parallel-calls";
import { SynadiaClient } from "@haulway/providers/synadia/client";
import type { SynadiaError } from "@haulway/providers/synadia/errors";
import { redact } from "@haulway/providers/synadia/redaction";
import { createUser } from "@nats-io/nkeys";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const TOKEN = "uat_canary";
const USER = {
  id: "1",
  name: "x",
  created: "2026-01-01T00:00:00Z",
  user_public_key: "U",
  jwt_expires_in_secs: 0,
  jwt_settings: {},
};

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let url: string;
let answers: Answer[];
let seen: string[];

beforeEach(async () => {
  answers = [];
  seen = [];
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    const next = answers.shift() ?? status(500, "no more answers");
    request.resume().once("end", () => next(request, response));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

function status(code: number, body: string, headers: Record<string, string> = {}): Answer {
  return (_, response) => response.writeHead(code, headers).end(body);
}

function json(body: object): Answer {
  return status(200, JSON.stringify(body));
}

const breakOff: Answer = (_, response) => response.destroy();

function client(timeout = 2_000): SynadiaClient {
  const retries = { attempts: 3, firstDelay: 1, longestDelay: 2 };
  return new SynadiaClient({
    url,
    token: TOKEN,
    tokenOrigin: "nats.synadia.tokenFrom (X)",
    timeout,
    retries,
  });
}

/** What the failure is, as the package's own code tells failures apart: by class. */
async function failureOf(call: Promise<unknown>): Promise<SynadiaError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ call: { url } });
  return error as SynadiaError;
}

const create = () =>
  client().createUser("acc", { name: "x", sk_group_id: "g", jwt_expires_in_secs: 0, jwt_settings: {} });

describe("a call that may be repeated", () => {
  it.each([
    ["429", status(429, "slow down")],
    ["500", status(500, "oops")],
    ["a broken connection", breakOff],
  ])("is repeated after %s", async (_, failure) => {
    answers = [failure, failure, json({ items: [USER] })];
    expect(await client().listUsers("acc")).toEqual([USER]);
    expect(seen).toEqual(Array(3).fill(`GET /api/core/beta/accounts/acc/nats-users Bearer ${TOKEN}`));
  });

  it("is given up after the last attempt, or at once when it cannot get better", async () => {
    answers = [breakOff, breakOff, breakOff, json({})];
    expect((await failureOf(client().getAccount("acc"))).constructor.name).toBe("SynadiaUnavailable");
    expect(seen).toHaveLength(3);
    answers = [status(400, "no")];
    expect((await failureOf(client().getAccount("acc"))).constructor.name).toBe("SynadiaRejected");
    expect(seen).toHaveLength(4);
  });

  it("is given up when there is no answer in time", async () => {
    answers = [() => undefined, () => undefined, () => undefined];
    expect((await failureOf(client(20).listUsers("acc"))).message).toContain("no answer in time");
  });
});

describe("calls at the same time", () => {
  it("are as many as the bound allows, and no more", async () => {
    const waiting: ServerResponse[] = [];
    let most = 0;
    const hold: Answer = (_, response) => {
      waiting.push(response);
      most = Math.max(most, waiting.length);
      if (waiting.length < 3) return;
      // Leaves time for a fourth one to come, if one could.
      setTimeout(() => {
        for (const held of waiting.splice(0)) held.writeHead(200).end(JSON.stringify({ items: [] }));
      }, 50);
    };
    const bounded = new SynadiaClient({
      url,
      token: TOKEN,
      tokenOrigin: "X",
      parallel: new ParallelCalls(3),
    });
    answers = Array<Answer>(9).fill(hold);
    await Promise.all(Array.from({ length: 9 }, () => bounded.listUsers("acc")));
    expect(most).toBe(3);
  });
});

describe("a creation", () => {
  it.each([
    ["500", status(500, "oops")],
    ["a broken connection", breakOff],
  ])("is not repeated after %s, which may have been done", async (_, failure) => {
    answers = [failure, json(USER)];
    expect(await failureOf(create())).toMatchObject({ mayHaveActed: true });
    expect(seen).toHaveLength(1);
  });

  it("is repeated after 429, which was not done", async () => {
    answers = [status(429, "", { "Retry-After": "0" }), status(201, JSON.stringify(USER))];
    expect(await create()).toEqual(USER);
  });

  it("of creds is not repeated either", async () => {
    answers = [breakOff, status(200, "creds")];
    await failureOf(client().issueCreds("1", "x"));
    expect(seen).toHaveLength(1);
  });
});

describe("a refusal", () => {
  it.each([
    [401, "SynadiaRefused", /token was refused \(401\).*nats\.synadia\.tokenFrom \(X\)/],
    [403, "SynadiaRefused", /no right to it \(403\).*nats\.synadia\.tokenFrom \(X\)/],
    [404, "SynadiaNotFound", /does not exist, or the token may not see it/],
    [302, "SynadiaRejected", /it answered 302/],
    [409, "SynadiaRejected", /it answered 409/],
  ])("with %i says what it means and where to look, without token and stack", async (code, type, message) => {
    answers = [status(code, `you sent ${TOKEN}`, { Location: "http://127.0.0.1:1/" })];
    const error = await failureOf(client().listUsers("acc"));
    expect(error.constructor.name).toBe(type);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^Haulway could not list the NATS users of account acc at http:/);
    expect(`${error.message}${error.stack}`).not.toContain(TOKEN);
    expect(error.stack).toBe("");
  });

  it.each([
    "<html>",
    "[]",
    "{}",
    '{"items":[{"id":"1"}]}',
    '{"items":[null]}',
  ])("is made of the answer %s, which cannot be read", async (body) => {
    answers = [status(200, body)];
    expect((await failureOf(client().listUsers("acc"))).constructor.name).toBe("SynadiaRejected");
  });
});

describe("what does not exist", () => {
  it("is no user, and need not be deleted", async () => {
    answers = [status(404, ""), status(404, "")];
    expect(await client().getUser("1/../2")).toBeUndefined();
    expect(seen[0]).toContain("/nats-users/1%2F..%2F2 ");
    await client().deleteUser("1", "x");
  });
});

describe("a foreign text in a message", () => {
  it("loses every secret, its length and its lines", () => {
    const seed = new TextDecoder().decode(createUser().getSeed());
    const text = redact(`a\n  b pw ${seed} eyJhbGciOi.eyJzdWIi.c2ln uat_x-1 ${"long ".repeat(100)}`, ["pw"]);
    expect(text).toMatch(/^a b \[redacted\] \[redacted\] \[redacted\] \[redacted\] long/);
    expect(text.length).toBeLessThanOrEqual(301);
  });
});
