import { setTimeout as sleep } from "node:timers/promises";
import type { Msg } from "@nats-io/transport-node";
import type { KubernetesClient } from "../kubernetes-client.ts";
import { type Consumer, mountedCreds } from "./creds-source.ts";
import { MessageCount } from "./message-count.ts";
import type { Observer } from "./observer.ts";
import { PodKeeper } from "./pod-keeper.ts";
import { ReloadingClient } from "./reloading-client.ts";

/** The consumers of the local environment's NATS users, as `teams/` places them. */
export const CONSUMERS = {
  intakeOnA: { cluster: "workload-a", namespace: "claims", deployment: "intake", user: "publisher" },
  intakeOnB: { cluster: "workload-b", namespace: "claims", deployment: "intake", user: "publisher" },
  assessor: { cluster: "workload-a", namespace: "claims", deployment: "assessor", user: "subscriber" },
  calculator: { cluster: "workload-b", namespace: "quoting", deployment: "calculator", user: "service" },
} as const satisfies Readonly<Record<string, Consumer>>;

/** Name of a consumer. */
export type ConsumerName = keyof typeof CONSUMERS;

/** Pause between two messages of one stream, in milliseconds. */
const PACE = 5;

/** How long an answer may take, in milliseconds. */
const PATIENCE = 20_000;

/** How long messages may be on their way at the end, in milliseconds. */
const LAST_MESSAGES = 20_000;

/** What a load has done. */
export interface LoadResult {
  readonly sent: number;
  readonly lost: number;
  /** What went wrong, in words: messages that are missing by stream, and everything that a server refused. */
  readonly complaints: readonly string[];
  readonly authorizationErrors: number;
}

/** Clients of every workload in the local environment that publish, subscribe, request and answer without pause. */
export class NatsLoad {
  readonly #counts: MessageCount[] = [];
  readonly #failures: string[] = [];
  readonly #loops: Promise<void>[] = [];
  #stopped = false;

  private constructor(readonly clients: Readonly<Record<ConsumerName, ReloadingClient>>) {}

  /** @param clusters the workload clusters' APIs, by the cluster's name */
  static async start(
    servers: string,
    clusters: ReadonlyMap<string, KubernetesClient>,
    observer: Observer,
  ): Promise<NatsLoad> {
    const events = {
      a: new MessageCount("events of intake on workload-a"),
      b: new MessageCount("events of intake on workload-b"),
    };
    const clusterOf = (name: ConsumerName): KubernetesClient => {
      const cluster = clusters.get(CONSUMERS[name].cluster);
      if (cluster === undefined) throw new Error(`There is no cluster ${CONSUMERS[name].cluster}`);
      return cluster;
    };
    const open = (name: ConsumerName, subscriptions: Subscriptions) =>
      ReloadingClient.start({
        servers,
        name,
        look: () => mountedCreds(clusterOf(name), CONSUMERS[name]),
        pods: new PodKeeper(clusterOf(name), CONSUMERS[name]),
        prepare: (connection) => {
          for (const [subject, callback] of Object.entries(subscriptions)) {
            connection.subscribe(subject, {
              callback: (error, message) => {
                if (error === null) callback(message);
              },
            });
          }
        },
      });
    // Whoever listens comes first.
    const assessor = await open("assessor", {
      "claims.events.load.a": (message) => events.a.arrive(Number(message.string())),
      "claims.events.load.b": (message) => events.b.arrive(Number(message.string())),
      "claims.assess.*": echo,
    });
    const calculator = await open("calculator", { "quoting.requests.>": echo });
    const intakeOnA = await open("intakeOnA", {});
    const intakeOnB = await open("intakeOnB", {});
    const assessments = observe(observer, "claims.assessments.load", "assessments");
    const quotes = observe(observer, "quoting.quotes.load", "quotes");
    // What is sent before the server knows of a subscription is not for it.
    await observer.connection.flush();
    const load = new NatsLoad({ intakeOnA, intakeOnB, assessor, calculator });
    load.#publish(intakeOnA, "claims.events.load.a", events.a);
    load.#publish(intakeOnB, "claims.events.load.b", events.b);
    load.#request(intakeOnA, "claims.assess.a", "requests of intake on workload-a");
    load.#request(intakeOnB, "claims.assess.b", "requests of intake on workload-b");
    load.#publish(assessor, "claims.assessments.load", assessments);
    load.#publish(calculator, "quoting.quotes.load", quotes);
    load.#request(observing(observer), "quoting.requests.load", "requests for quotes");
    return load;
  }

  /** How many messages have been sent until now. */
  get sent(): number {
    return this.#counts.reduce((sum, { sent }) => sum + sent, 0);
  }

  /** Stops sending, waits for what is on its way, and closes the clients. */
  async stop(): Promise<LoadResult> {
    this.#stopped = true;
    await Promise.all(this.#loops);
    const missing = () => this.#counts.reduce((sum, count) => sum + count.missing, 0);
    const deadline = Date.now() + LAST_MESSAGES;
    while (missing() > 0 && Date.now() < deadline) await sleep(50);
    const lost = this.#counts
      .filter((count) => count.missing > 0)
      .map((count) => `${count.name}: ${count.missing} of ${count.sent} missing`);
    await Promise.all(Object.values(this.clients).map((client) => client.stop()));
    const errors = Object.values(this.clients).flatMap((client) => client.errors);
    return {
      sent: this.sent,
      lost: missing(),
      complaints: [...lost, ...this.#failures, ...errors],
      authorizationErrors: errors.length,
    };
  }

  #publish(client: Sender, subject: string, count: MessageCount): void {
    this.#counts.push(count);
    this.#repeat(count.name, async () => {
      const number = count.next();
      await client.use((connection) => connection.publish(subject, String(number)));
    });
  }

  #request(client: Sender, subject: string, name: string): void {
    const count = new MessageCount(name);
    this.#counts.push(count);
    this.#repeat(name, async () => {
      const number = count.next();
      const answer = await client.use((connection) =>
        connection.request(subject, String(number), { timeout: PATIENCE }),
      );
      count.arrive(Number(answer.string()));
    });
  }

  #repeat(name: string, step: () => Promise<void>): void {
    this.#loops.push(
      (async () => {
        while (!this.#stopped) {
          await step().catch((error: unknown) => {
            this.#failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
          });
          await sleep(PACE);
        }
      })(),
    );
  }
}

type Sender = Pick<ReloadingClient, "use">;

type Subscriptions = Readonly<Record<string, (message: Msg) => void>>;

function observe({ connection }: Observer, subject: string, name: string): MessageCount {
  const count = new MessageCount(name);
  connection.subscribe(subject, { callback: (_, message) => count.arrive(Number(message.string())) });
  return count;
}

function observing({ connection }: Observer): Sender {
  return { use: async (work) => work(connection) };
}

function echo(message: Msg): void {
  message.respond(message.data);
}
