import { SynadiaUnavailable } from "../../synadia/errors.js";

/** How often something that is not idempotent is tried when the control plane answers that it failed and shows no effect. */
const ATTEMPTS = 3;

/**
 * Does something that is not idempotent but can be seen. When it fails and may have been done all the same, the effect is
 * looked for first, and only if there is none it is done again.
 *
 * @param look finds the effect, or `undefined`
 * @throws SynadiaError the last failure. Without an answer it is the first one: the control plane may still be at it, and
 * only the next run can tell.
 */
export async function doOnce<T>(action: () => Promise<T>, look: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof SynadiaUnavailable) || !error.mayHaveActed) throw error;
      const effect = await look();
      if (effect !== undefined) return effect;
      if (error.status === undefined || attempt === ATTEMPTS) throw error;
    }
  }
}
