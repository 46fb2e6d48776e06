import { setTimeout as sleep } from "node:timers/promises";
import {
  type Application,
  type ApplicationStatus,
  applicationStatus,
  isCurrent,
  isSettled,
} from "./application.ts";

/** Where Applications are read and refreshed: Argo CD's namespace on the platform cluster. */
export interface Applications {
  /** All of them, by name. */
  list(): Promise<ReadonlyMap<string, Application>>;
  /** Asks Argo CD to look at one now. One that does not exist (any more) is passed over. */
  refresh(name: string): Promise<void>;
}

/** What is waited for, and how long. */
export interface WaitOptions {
  readonly applications: Applications;
  readonly names: readonly string[];
  readonly timeoutSeconds: number;
  /** Told after each look how every Application stands. */
  readonly onProgress: (statuses: readonly ApplicationStatus[]) => void;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between looks. Default 1000. */
  readonly interval?: number;
  /** Clock, in milliseconds. Default: one that is never set back. */
  readonly now?: () => number;
}

/** How long an API server that does not answer is asked again, before its error is the result. */
const toleratedSilenceSeconds = 30;

/**
 * Refreshes the Applications and waits until each is Synced and Healthy.
 *
 * @returns how they stand at the end, in the order of `names`; ends early when the time is over or the signal is aborted.
 * @throws whatever reading or refreshing them threw, if that has not worked for 30 seconds.
 */
export async function waitForApplications(options: WaitOptions): Promise<readonly ApplicationStatus[]> {
  const { applications, names, signal, interval = 1000, now = () => performance.now() } = options;
  const deadline = now() + options.timeoutSeconds * 1000;
  const refreshed = new Set<string>();
  let answeredAt = now();
  let statuses = names.map((name) => applicationStatus(name, undefined));

  const look = async (): Promise<boolean> => {
    const found = await applications.list();
    statuses = names.map((name) => applicationStatus(name, found.get(name)));
    options.onProgress(statuses);
    const pending = names.filter((name) => found.has(name) && !refreshed.has(name));
    await Promise.all(pending.map((name) => applications.refresh(name)));
    for (const name of pending) refreshed.add(name);
    return (
      pending.length === 0 &&
      statuses.every((status) => {
        const application = found.get(status.name);
        return application !== undefined && isSettled(status) && isCurrent(application);
      })
    );
  };

  for (;;) {
    try {
      if (await look()) return statuses;
      answeredAt = now();
    } catch (error) {
      if (now() - answeredAt >= toleratedSilenceSeconds * 1000) throw error;
    }
    if (now() >= deadline || signal?.aborted === true) return statuses;
    await sleep(interval, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}
