import { generationId } from "../issuer/issuer.js";
import { messageOf } from "../provider-error.js";
import { type LedgerEntry, lastDeadlineOf } from "./ledger.js";
import type { Consumer } from "./properties.js";
import { obstacleTo, type Rollout } from "./rollout.js";
import type { Lookout, Surroundings } from "./surroundings.js";
import { type Obstacle, waitingText } from "./wording.js";

/** Pause between two looks, in milliseconds. */
const PAUSE = 1000;

/** How often it says that it is still waiting, in seconds. */
const SIGN_OF_LIFE = 15;

/** One consumer that has to roll for one user. */
interface Expectation {
  readonly entry: LedgerEntry;
  readonly consumer: Consumer;
}

/** Looks at the consumers of users until they have rolled or the time is over. */
export class RolloutWatch {
  private readonly lookouts = new Map<string, Promise<Lookout>>();
  private lastLine = { text: "", at: 0 };

  constructor(
    private readonly kubeconfigs: Readonly<Record<string, string>>,
    private readonly waitSeconds: number,
    private readonly surroundings: Pick<Surroundings, "connectCluster" | "now" | "sleep" | "report">,
  ) {}

  /**
   * What keeps the consumers of each user from having rolled, when all have or none is worth waiting for any more. A
   * cluster that cannot be asked is an obstacle like any other.
   *
   * @returns an entry for every user, empty when all its consumers have rolled
   */
  async wait(entries: readonly LedgerEntry[]): Promise<ReadonlyMap<LedgerEntry, readonly Obstacle[]>> {
    const expectations = entries.flatMap((entry) =>
      entry.user.consumers.map((consumer): Expectation => ({ entry, consumer })),
    );
    let unmet = await this.obstaclesOf(expectations);
    const start = this.surroundings.now();
    for (;;) {
      const now = this.surroundings.now();
      if ([...unmet.keys()].every(({ entry }) => now >= waitUntil(entry, start, this.waitSeconds))) break;
      this.say([...unmet.values()], now - start);
      await this.surroundings.sleep(PAUSE);
      unmet = await this.obstaclesOf([...unmet.keys()]);
    }
    return new Map(
      entries.map((entry) => [
        entry,
        [...unmet].filter(([expectation]) => expectation.entry === entry).map(([, obstacle]) => obstacle),
      ]),
    );
  }

  /** What has not rolled. Every Deployment is looked at once, however many users it has. */
  private async obstaclesOf(expectations: readonly Expectation[]): Promise<Map<Expectation, Obstacle>> {
    const looks = new Map<string, Promise<Rollout>>();
    const unmet = new Map<Expectation, Obstacle>();
    await Promise.all(
      expectations.map(async (expectation) => {
        const { entry, consumer } = expectation;
        const { cluster, namespace, deployment } = consumer;
        const key = [cluster, namespace, deployment].join("/");
        const look = looks.get(key) ?? this.look(consumer);
        looks.set(key, look);
        const reason = await look.then(
          (rollout) => obstacleTo(goalOf(entry, consumer), rollout),
          (error: unknown) => `the cluster cannot be asked: ${messageOf(error).replaceAll(/\s+/g, " ")}`,
        );
        if (reason !== undefined) unmet.set(expectation, { consumer, reason });
      }),
    );
    // In the order of the declaration, not of the answers.
    return new Map(
      expectations.flatMap((expectation) => {
        const obstacle = unmet.get(expectation);
        return obstacle === undefined ? [] : [[expectation, obstacle] as const];
      }),
    );
  }

  private async look({ cluster, namespace, deployment }: Consumer): Promise<Rollout> {
    const lookout =
      this.lookouts.get(cluster) ?? this.surroundings.connectCluster(this.kubeconfigs[cluster] ?? "");
    this.lookouts.set(cluster, lookout);
    return (await lookout).look(namespace, deployment);
  }

  /** Says what it waits for when that has changed, and now and then when it has not. */
  private say(obstacles: readonly Obstacle[], elapsed: number): void {
    const text = JSON.stringify(obstacles);
    if (text === this.lastLine.text && elapsed - this.lastLine.at < SIGN_OF_LIFE) return;
    this.lastLine = { text, at: elapsed };
    this.surroundings.report(waitingText(obstacles, elapsed, this.waitSeconds));
  }
}

/**
 * Until when a user's consumers are waited for: for the given time, or until its credentials' time is up. A time that was up
 * before does not hurry it: only this run may have begun the roll-out that an earlier one did not get to.
 */
export function waitUntil(entry: LedgerEntry, start: number, waitSeconds: number): number {
  const deadline = lastDeadlineOf(entry);
  return deadline > start ? Math.min(deadline, start + waitSeconds) : start + waitSeconds;
}

function goalOf({ user, retired, outstanding }: LedgerEntry, { annotation }: Consumer) {
  return {
    annotation,
    generation: generationId(user),
    publicKeys: [user, ...outstanding, ...retired].map(({ publicKey }) => publicKey),
  };
}
