/** Ctrl-C, as two requests. */
export interface Interrupt {
  /** Aborted by the first SIGINT or SIGTERM: end what has begun, and begin nothing more. */
  readonly signal: AbortSignal;
  /** Aborted by the second: stop at once. */
  readonly terminate: AbortSignal;
  /** Stops listening. */
  dispose(): void;
}

/** One Ctrl-C may arrive more than once: from the terminal, and from each parent process that passes it on. */
const echoMilliseconds = 500;

/**
 * Turns the process's interrupts into abort signals, until disposed.
 *
 * @param note told what the interrupt means, for the reader.
 * @param now a clock, in milliseconds.
 */
export function listenForInterrupt(
  emitter: Pick<NodeJS.EventEmitter, "on" | "off">,
  note: (line: string) => void,
  now: () => number = () => performance.now(),
): Interrupt {
  const first = new AbortController();
  const second = new AbortController();
  let firstAt = 0;
  const listener = () => {
    if (first.signal.aborted) {
      if (second.signal.aborted || now() - firstAt < echoMilliseconds) return;
      note("Stopping at once; operations that were begun stay half done, and the next run will say so.");
      second.abort();
      return;
    }
    note("Interrupted: ending the operations that were begun. Ctrl-C again stops at once.");
    firstAt = now();
    first.abort();
  };
  emitter.on("SIGINT", listener);
  emitter.on("SIGTERM", listener);
  return {
    signal: first.signal,
    terminate: second.signal,
    dispose() {
      emitter.off("SIGINT", listener);
      emitter.off("SIGTERM", listener);
    },
  };
}
