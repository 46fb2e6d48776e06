import { setTimeout as wait } from "node:timers/promises";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import { authenticatorOf } from "./key-pair.ts";

/** State of an account's JWT on the servers, in the words of the API. */
export interface SyncState {
  readonly status: "InProgress" | "Complete" | "Failed";
  /** Empty unless `Failed`. */
  readonly error: string;
}

/** Brings account JWTs to nats-server, in the background, as the control plane does. */
export interface AccountPusher {
  /** Marks the account's JWT as changed. It is signed when it is sent, so that several changes in a row are sent as one. */
  push(accountId: string): void;
  state(accountId: string): SyncState;
  close(): Promise<void>;
}

/** What a pusher needs. */
export interface AccountPusherOptions {
  /** URL of nats-server. */
  readonly servers: string;
  /** Creds of a user of the system account. */
  readonly systemCreds: string;
  /** Signs the account's JWT as it is now. */
  readonly sign: (accountId: string) => Promise<string>;
  /** How long a change waits before it is sent, in milliseconds. */
  readonly delayMilliseconds: number;
}

const claimsUpdateReply = z.object({
  data: z.object({ code: z.number(), message: z.string() }).optional(),
  error: z.object({ code: z.number(), description: z.string() }).optional(),
});

const RETRY_MILLISECONDS = 500;

/** A pusher that retries for as long as the server is away; a JWT that the server refuses is `Failed`. */
export function createAccountPusher(options: AccountPusherOptions): AccountPusher {
  const stop = new AbortController();
  const wanted = new Map<string, number>();
  const states = new Map<string, SyncState>();
  const workers = new Map<string, Promise<void>>();
  let connection: Promise<NatsConnection> | undefined;

  const connected = async (): Promise<NatsConnection> => {
    connection ??= connect({
      servers: options.servers,
      authenticator: authenticatorOf(options.systemCreds),
      name: "stand-in-synadia",
      maxReconnectAttempts: -1,
      reconnectTimeWait: RETRY_MILLISECONDS,
      ignoreAuthErrorAbort: true,
    });
    try {
      return await connection;
    } catch (error) {
      connection = undefined;
      throw error;
    }
  };

  const send = async (accountId: string): Promise<SyncState> => {
    const nats = await connected();
    const jwt = await options.sign(accountId);
    const answer = await nats.request("$SYS.REQ.CLAIMS.UPDATE", jwt, { timeout: 5_000 });
    const reply = claimsUpdateReply.parse(answer.json());
    return reply.data?.code === 200
      ? { status: "Complete", error: "" }
      : {
          status: "Failed",
          error: reply.error?.description ?? reply.data?.message ?? "refused by the server",
        };
  };

  const work = async (accountId: string): Promise<void> => {
    let done = 0;
    while (done !== wanted.get(accountId) && !stop.signal.aborted) {
      const revision = wanted.get(accountId) ?? 0;
      await pause(options.delayMilliseconds, stop.signal);
      try {
        const state = await send(accountId);
        done = revision;
        if (revision === wanted.get(accountId)) {
          states.set(accountId, state);
        }
      } catch (error) {
        states.set(accountId, {
          status: "InProgress",
          error: error instanceof Error ? error.message : String(error),
        });
        await pause(RETRY_MILLISECONDS, stop.signal);
      }
    }
    workers.delete(accountId);
  };

  return {
    push(accountId) {
      wanted.set(accountId, (wanted.get(accountId) ?? 0) + 1);
      states.set(accountId, { status: "InProgress", error: "" });
      if (!workers.has(accountId)) {
        workers.set(accountId, work(accountId));
      }
    },
    state: (accountId) => states.get(accountId) ?? { status: "InProgress", error: "" },
    async close() {
      stop.abort();
      const open = await connection?.catch(() => undefined);
      await open?.close();
      await Promise.all(workers.values());
    },
  };
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, { signal }).catch(() => undefined);
}
