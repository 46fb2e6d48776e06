/** How often something is tried, and how long the pauses between are. */
export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly attempts: number;
  /** Pause after the first failure, in milliseconds; it doubles each time and varies by chance. */
  readonly firstDelay: number;
  /** Longest pause, in milliseconds. */
  readonly longestDelay: number;
}

/** Six attempts within about half a minute. */
export const PATIENT: RetryPolicy = { attempts: 6, firstDelay: 500, longestDelay: 10_000 };

/**
 * Runs `action` until it succeeds, fails in a way that `mayRepeat` denies, or has used its attempts.
 *
 * @param demandedDelay milliseconds that the failure itself asks to wait before the pause
 * @throws the last failure
 */
export async function retry<T>(
  action: () => Promise<T>,
  mayRepeat: (error: unknown) => boolean,
  policy: RetryPolicy = PATIENT,
  demandedDelay: (error: unknown) => number = () => 0,
): Promise<T> {
  // Loaded here because the package is an ES module and this one is CommonJS.
  const { default: pRetry } = await import("p-retry");
  return pRetry(action, {
    retries: policy.attempts - 1,
    minTimeout: policy.firstDelay,
    maxTimeout: policy.longestDelay,
    randomize: true,
    shouldRetry: mayRepeat,
    onFailedAttempt: async (error) => {
      if (error.retriesLeft > 0 && mayRepeat(error)) await sleep(demandedDelay(error));
    },
  });
}

/** Waits that many milliseconds. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
