import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type HttpBindings, serve } from "@hono/node-server";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { type NatsOperatorFiles, natsOperatorFiles } from "../../nats/nats-operator.ts";
import { accountOperations, readOperations } from "./account-operations.ts";
import { createAccountPusher } from "./account-pusher.ts";
import { body, type ControlPlane } from "./control-plane.ts";
import { faultRequest, OperationTraffic } from "./faults.ts";
import { signAccount } from "./issuer.ts";
import { keyPair } from "./key-pair.ts";
import { type Application, addOperations } from "./operations.ts";
import { initialState } from "./state.ts";
import { openStateStore } from "./state-store.ts";
import { userOperations } from "./user-operations.ts";

/** How a stand-in of Synadia's control plane is started. */
export interface SynadiaStandInOptions {
  /** Port on 127.0.0.1. @default 0: one that is free */
  readonly port?: number;
  /** File of its state, mode 0600; made when missing, in a directory that exists. */
  readonly stateFile: string;
  /** File that holds the API token. */
  readonly tokenFile: string;
  /** Id of the account found at the first start: 27 characters, as the API's ids. */
  readonly accountId: string;
  /** Name of the system and the account. @default "local" */
  readonly environment?: string;
  /** URL of the nats-server whose operator is in `natsDirectory`, for example `nats://127.0.0.1:4222`. It may start later. */
  readonly natsUrl: string;
  /** Directory that `ensureNatsOperator` filled. */
  readonly natsDirectory: string;
  /** How long after the answer a changed account JWT is sent to the server, in milliseconds. @default 100 */
  readonly pushDelayMilliseconds?: number;
  /** The clock by which JWTs are signed and revocations dated: unix seconds, whole. @default the machine's */
  readonly now?: () => number;
}

/** A running stand-in. */
export interface SynadiaStandIn {
  /** For example `http://127.0.0.1:40123`; the API is below `/api/core/beta`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts the stand-in of Synadia's control plane: users, creds, signing key groups and revocations of one account, whose JWTs the
 * local nats-server accepts. Every request needs `Authorization: Bearer <token>`.
 *
 * Beside the API: `GET /stand-in/calls` counts calls by operation id, `DELETE /stand-in/calls` sets them to zero and drops faults,
 * `POST /stand-in/faults` makes the next calls of an operation fail (see `faultRequest`), `GET /stand-in/held` lists the calls that a
 * `hang` keeps open (see `HeldCall`): whoever waits for one to appear there knows that the caller is at that very step.
 */
export async function startSynadiaStandIn(options: SynadiaStandInOptions): Promise<SynadiaStandIn> {
  const token = (await readFile(options.tokenFile, "utf8")).trim();
  const operator = natsOperatorFiles(options.natsDirectory);
  const store = await openStateStore(options.stateFile, () =>
    initialState(options.accountId, options.environment ?? "local"),
  );
  const pusher = createAccountPusher({
    servers: options.natsUrl,
    systemCreds: await readFile(operator.systemCreds, "utf8"),
    sign: await accountSigner(operator, (id) => store.state.accounts.find((account) => account.id === id)),
    delayMilliseconds: options.pushDelayMilliseconds ?? 100,
  });
  const plane: ControlPlane = {
    store,
    pusher,
    surroundings: { state: store.state, natsUrl: options.natsUrl },
    now: options.now ?? (() => Math.floor(Date.now() / 1000)),
  };
  const app = application(plane, token);
  const server = await listen(app, options.port ?? 0);
  for (const account of store.state.accounts) {
    pusher.push(account.id);
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await pusher.close();
      await store.save();
    },
  };
}

async function accountSigner(
  operator: NatsOperatorFiles,
  find: (id: string) => Parameters<typeof signAccount>[0] | undefined,
): Promise<(accountId: string) => Promise<string>> {
  const signingKey = keyPair(await readFile(operator.signingSeed, "utf8"));
  return async (accountId) => {
    const account = find(accountId);
    if (account === undefined) {
      throw new Error(`no account ${accountId}`);
    }
    return signAccount(account, signingKey);
  };
}

function application(plane: ControlPlane, token: string): Application {
  const traffic = new OperationTraffic();
  const app = new Hono<{ Bindings: HttpBindings }>({ strict: false });
  app.use(async (context, next): Promise<Response | undefined> => {
    context.header("X-Stand-In", "synadia");
    if (!isToken(context.req.header("Authorization"), token)) {
      return context.text("unauthorized", 401);
    }
    await next();
    return undefined;
  });
  addOperations(
    app,
    [...readOperations(plane), ...accountOperations(plane), ...userOperations(plane)],
    traffic,
  );
  app.get("/stand-in/calls", (context) => context.json(traffic.calls()));
  app.get("/stand-in/held", (context) => context.json(traffic.held()));
  app.delete("/stand-in/calls", (context) => {
    traffic.forget();
    return context.body(null, 204);
  });
  app.post("/stand-in/faults", async (context) => {
    traffic.inject(await body(context, faultRequest));
    return context.body(null, 204);
  });
  app.notFound((context) => context.text("not found", 404));
  app.onError((error, context) => {
    if (error instanceof HTTPException) {
      return context.text(error.message, error.status);
    }
    process.stderr.write(`stand-in of Synadia: ${error.message}\n`);
    return context.text("internal server error", 500);
  });
  return app;
}

/** Compares digests, so that neither length nor content of the token shows in the time it takes. */
function isToken(header: string | undefined, token: string): boolean {
  return timingSafeEqual(digest(header ?? ""), digest(`Bearer ${token}`));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function listen(app: Application, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port }, () => resolve(server)) as Server;
    server.once("error", reject);
  });
}
