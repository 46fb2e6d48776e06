import { countByKind, describeCase, runCrashMatrix } from "../engine/support/crash/crash-matrix.ts";
import { isOptional } from "../engine/support/crash/crash-point.ts";
import type { Figure } from "./figure.ts";

/** How many cases between two lines of progress. */
const TELL_EVERY = 20;

/** Kills and disturbs the runs of a NATS user at every step there is. */
export async function proveCrashes(onProgress: (line: string) => void): Promise<Figure[]> {
  const outcomes = await runCrashMatrix({
    full: true,
    onOutcome: (outcome, done, total) => {
      const remarks = [
        ...(outcome.reached ? [] : ["the run did not come to that point"]),
        ...outcome.problems,
      ];
      if (remarks.length > 0) onProgress(`${describeCase(outcome)}: ${remarks.join("; ")}`);
      if (done % TELL_EVERY === 0) onProgress(`${done} of ${total} crashes`);
    },
  });
  const zero = { exactly: 0 };
  const crashes = outcomes.filter(({ reached }) => reached);
  return [
    ...countByKind(crashes).map(([kind, cases]) => ({ name: `crashes: ${kind}`, value: cases })),
    { name: "crashes in all", value: crashes.length },
    {
      name: "crashes that needed no other run",
      value: crashes.filter(({ endedWell }) => endedWell).length,
    },
    {
      name: "points that were not reached",
      value: outcomes.filter(({ reached, point }) => !reached && !isOptional(point)).length,
      expected: zero,
    },
    {
      name: "crashes after which something was wrong",
      value: outcomes.filter(({ problems }) => problems.length > 0).length,
      expected: zero,
    },
  ];
}
