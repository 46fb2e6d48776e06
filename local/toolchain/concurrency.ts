const GIB = 2 ** 30;

/** What one build needs at its worst: linking Pulumi's Kubernetes provider takes 4 GiB, which no setting of Go lowers. */
const MEMORY_OF_A_BUILD = 5 * GIB;

/** How many modules to build at a time: as many as memory allows, at least one, never more than there are processors. */
export function buildsAtOnce(machine: { readonly cpus: number; readonly availableBytes: number }): number {
  const byMemory = Math.floor(machine.availableBytes / MEMORY_OF_A_BUILD);
  return Math.max(1, Math.min(machine.cpus, byMemory));
}

/**
 * Does the work for every item, several at a time, starting in order. After the first failure nothing more is started,
 * `stop` is called so that what is running can end, and the failure is thrown once everything has ended.
 */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<void>,
  stop: () => void,
): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    while (failures.length === 0) {
      const index = next++;
      const item = items[index];
      if (item === undefined) return;
      try {
        await work(item, index);
      } catch (error) {
        failures.push(error);
        stop();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}
