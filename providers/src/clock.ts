import { sleep } from "./retry.js";

/** The time, as code takes it that tests give their own. */
export interface Clock {
  /** Unix seconds, whole. */
  now(): number;
  /** Waits that many milliseconds. */
  sleep(milliseconds: number): Promise<void>;
}

/** The time of this machine. */
export const REAL_CLOCK: Clock = { now: () => Math.floor(Date.now() / 1000), sleep };
