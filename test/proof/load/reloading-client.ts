import { setTimeout as sleep } from "node:timers/promises";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { authenticatorOf } from "../../../local/stand-ins/synadia/key-pair.ts";
import type { MountedCreds } from "./creds-source.ts";
import type { PodKeeper } from "./pod-keeper.ts";

/** What a client is made of. */
export interface ReloadingClientOptions {
  readonly servers: string;
  /** For messages. */
  readonly name: string;
  /** Looks which creds there are now. */
  readonly look: () => Promise<MountedCreds | undefined>;
  /** Prepares a connection before anything else uses it: makes its subscriptions. */
  readonly prepare: (connection: NatsConnection) => void;
  /** Told after each look which key is in use, and which no longer is. */
  readonly pods: Pick<PodKeeper, "keep" | "release">;
}

interface UsedConnection {
  readonly connection: NatsConnection;
  /** What is being done with it. */
  readonly pending: Set<Promise<unknown>>;
}

/** How often a client looks whether it has other creds, in milliseconds. */
const LOOK = 100;

/**
 * A client that reloads its creds as pods do that roll: it looks which creds its pod template names; when they are others, it
 * connects with them, subscribes, and only then lets go of the old connection.
 */
export class ReloadingClient {
  /** What the server refused, and connections that ended although they were in use. */
  readonly errors: string[] = [];
  /** Every creds file that it has used, the present one last. */
  readonly used: MountedCreds[] = [];

  #connection: UsedConnection | undefined;
  #stopped = false;
  #following: Promise<void> = Promise.resolve();

  private constructor(private readonly options: ReloadingClientOptions) {}

  static async start(options: ReloadingClientOptions): Promise<ReloadingClient> {
    const client = new ReloadingClient(options);
    while (client.#connection === undefined) await client.#look();
    client.#following = client.#keepFollowing();
    return client;
  }

  /**
   * Does something with the present connection, which stays until that is done.
   * @throws Error when the server has closed it
   */
  async use<T>(work: (connection: NatsConnection) => T | Promise<T>): Promise<T> {
    const used = this.#connection;
    if (used === undefined) throw new Error(`${this.options.name} is not connected`);
    const result = Promise.resolve(work(used.connection));
    used.pending.add(result);
    try {
      return await result;
    } finally {
      used.pending.delete(result);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#following;
    await letGo(this.#connection);
    await this.options.pods.release();
  }

  async #keepFollowing(): Promise<void> {
    while (!this.#stopped) {
      await sleep(LOOK);
      await this.#look();
    }
  }

  async #look(): Promise<void> {
    const mounted = await this.options.look();
    if (mounted !== undefined && mounted.key !== this.used.at(-1)?.key) await this.#change(mounted);
    const key = this.used.at(-1)?.key;
    if (key !== undefined) await this.options.pods.keep(key);
  }

  async #change(mounted: MountedCreds): Promise<void> {
    const next = await this.#connect(mounted);
    if (next === undefined) return;
    const previous = this.#connection;
    this.#connection = { connection: next, pending: new Set() };
    this.used.push(mounted);
    await letGo(previous);
  }

  async #connect({ creds, inboxPrefix }: MountedCreds): Promise<NatsConnection | undefined> {
    const { servers, name, prepare } = this.options;
    try {
      const connection = await connect({
        servers,
        name,
        inboxPrefix,
        reconnect: false,
        timeout: 10_000,
        authenticator: authenticatorOf(creds),
      });
      void this.#watch(connection);
      prepare(connection);
      await connection.flush();
      return connection;
    } catch (error) {
      this.errors.push(
        `${name} could not connect: ${error instanceof Error ? error.message : String(error)}`,
      );
      return undefined;
    }
  }

  async #watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === "error") this.errors.push(`${this.options.name}: ${status.error.message}`);
    }
    const reason = await connection.closed();
    if (reason instanceof Error) this.errors.push(`${this.options.name} was disconnected: ${reason.message}`);
  }
}

/** Waits for what is being done, sends what is on its way out, and hands out what has come in. */
async function letGo(used: UsedConnection | undefined): Promise<void> {
  if (used === undefined) return;
  await Promise.allSettled(used.pending);
  await used.connection.drain();
}
