const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs work that a caller's signal ends, or, when the caller has none, an interrupt from the terminal. `stop` ends it
 * from within.
 */
export async function interruptible<T>(
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal !== undefined) return work(signal);
  const own = new AbortController();
  const onSignal = (): void => own.abort();
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await work(own.signal);
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}
