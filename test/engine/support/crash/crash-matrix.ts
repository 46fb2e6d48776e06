import { type CaseOutcome, prepareUser, record, runCase } from "./crash-case.ts";
import { type CrashPoint, crashPoints, describePoint, isIdle, kindOf, sampleOf } from "./crash-point.ts";
import { NatsSlot } from "./nats-slot.ts";
import { SCENARIOS, type Scenario } from "./scenario.ts";
import type { Snapshot } from "./site.ts";
import { World } from "./world.ts";

/** How much of the matrix is run, and who is told. */
export interface CrashMatrixOptions {
  /** Whether every point of every scenario is tried, or a sample that holds each call and each kind. */
  readonly full: boolean;
  /** How many cases run at a time, not counting those that only wait. @default 3 */
  readonly parallel?: number;
  /** Told after each case. */
  readonly onOutcome?: (outcome: CaseOutcome, done: number, total: number) => void;
}

/** One case to run. */
interface PlannedCase {
  readonly scenario: Scenario;
  readonly point: CrashPoint;
}

/** How many cases that only wait for an answer run beside the others. */
const IDLE_PARALLEL = 6;

/**
 * Kills and disturbs the creation, the rotations and the deletion of a NATS user at every step that an undisturbed run
 * showed, each time in a world of its own.
 *
 * @throws Error if an undisturbed run does not end as it has to
 */
export async function runCrashMatrix(options: CrashMatrixOptions): Promise<CaseOutcome[]> {
  const world = await World.create();
  try {
    const parallel = options.parallel ?? 3;
    const slots = await Promise.all(Array.from({ length: parallel + IDLE_PARALLEL }, () => NatsSlot.start()));
    try {
      const [first] = slots;
      if (first === undefined) throw new Error("Nothing can run");
      const snapshot = await prepareUser(world, first);
      const cases = await plan({ world, snapshot }, first, options.full);
      return await runAll({ world, snapshot }, slots, cases, options);
    } finally {
      await Promise.all(slots.map((slot) => slot.close()));
    }
  } finally {
    await world.close();
  }
}

/** The cases by kind, as lines of a table: the kind, how many ran, and how many of them ended well by themselves. */
export function countByKind(outcomes: readonly CaseOutcome[]): [kind: string, cases: number, well: number][] {
  const kinds = [...new Set(outcomes.map(({ point }) => kindOf(point)))].sort();
  return kinds.map((kind) => {
    const ofKind = outcomes.filter(({ point }) => kindOf(point) === kind);
    return [kind, ofKind.length, ofKind.filter(({ endedWell }) => endedWell).length];
  });
}

/** The case, for people. */
export function describeCase({ scenario, point }: Pick<CaseOutcome, "scenario" | "point">): string {
  return `${scenario}, ${describePoint(point)}`;
}

interface Ground {
  readonly world: World;
  readonly snapshot: Snapshot;
}

async function plan(ground: Ground, slot: NatsSlot, full: boolean): Promise<PlannedCase[]> {
  const cases: PlannedCase[] = [];
  for (const [index, scenario] of SCENARIOS.entries()) {
    const recording = await record({ ...ground, slot, name: `recorded-${index}`, scenario });
    const points = crashPoints(recording);
    cases.push(...(full ? points : sampleOf(points, index)).map((point) => ({ scenario, point })));
  }
  return cases;
}

async function runAll(
  ground: Ground,
  slots: readonly NatsSlot[],
  cases: readonly PlannedCase[],
  { parallel = 3, onOutcome }: CrashMatrixOptions,
): Promise<CaseOutcome[]> {
  const outcomes: CaseOutcome[] = [];
  const queues = {
    idle: cases.filter(({ point }) => isIdle(point)),
    busy: cases.filter(({ point }) => !isIdle(point)),
  };
  let started = 0;
  const work = async (slot: NatsSlot, queue: PlannedCase[]): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      started += 1;
      const outcome = await runCase(
        { ...ground, slot, name: `case-${started}`, scenario: next.scenario },
        next.point,
      );
      outcomes.push(outcome);
      onOutcome?.(outcome, outcomes.length, cases.length);
    }
  };
  await Promise.all(slots.map((slot, index) => work(slot, index < parallel ? queues.busy : queues.idle)));
  return outcomes;
}
