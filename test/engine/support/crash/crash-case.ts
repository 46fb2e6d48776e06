import { setTimeout as sleep } from "node:timers/promises";
import {
  type CrashPoint,
  faultOf,
  isCheckpoint,
  isKill,
  type RecordedCheckpoint,
  type Recording,
} from "./crash-point.ts";
import { type EngineRun, EventTail, readEventLog, resourceEvents } from "./engine-run.ts";
import type { NatsSlot } from "./nats-slot.ts";
import { FIRST_AGE, FIRST_SPEC, type Scenario } from "./scenario.ts";
import { Site, type Snapshot } from "./site.ts";
import { problemsOf } from "./verdict.ts";
import type { World } from "./world.ts";

/** How a case ended. */
export interface CaseOutcome {
  readonly scenario: string;
  readonly point: CrashPoint;
  /** Whether the run came to the point at all. */
  readonly reached: boolean;
  /** Whether the broken run itself ended well, so that no other was needed. */
  readonly endedWell: boolean;
  /** What was not as it has to be afterwards. */
  readonly problems: readonly string[];
}

/** Where a case runs, and with what it begins. */
export interface CaseGround {
  readonly world: World;
  readonly slot: NatsSlot;
  /** Unique name. */
  readonly name: string;
  readonly scenario: Scenario;
  /** A stack with a user. */
  readonly snapshot: Snapshot;
}

/** How often it is looked whether a run has come to its point, in milliseconds. */
const LOOK = 10;

/** Makes the stack with a user that the other scenarios begin with. */
export async function prepareUser(world: World, slot: NatsSlot): Promise<Snapshot> {
  const site = await Site.open(world, { name: "prepared", slot, now: longAgo });
  try {
    const { exitCode, output } = await site.start("up", FIRST_SPEC).finished;
    if (exitCode !== 0) throw new Error(output);
    return await site.snapshot();
  } finally {
    await site.close();
  }
}

function longAgo(): number {
  return Math.floor(Date.now() / 1000) - FIRST_AGE;
}

/**
 * Runs a scenario without disturbing it.
 * @throws Error if it does not end as it has to
 */
export async function record(ground: CaseGround): Promise<Recording> {
  const { scenario } = ground;
  const site = await openSite(ground);
  const checkpoints: RecordedCheckpoint[] = [];
  let callsBefore = 0;
  site.bucket.listener = async ({ key, stored }) => {
    if (!isCheckpoint(key) || stored) return;
    const calls = await countCalls(site);
    checkpoints.push({ afterCalls: calls > callsBefore });
    callsBefore = calls;
  };
  try {
    const { exitCode, output } = await site.start(scenario.command, scenario.spec).finished;
    if (exitCode !== 0) throw new Error(`${scenario.name}: ${output}`);
    const calls = await callsOf(site);
    const problems = await problemsOf(site, scenario, beginning(ground));
    if (problems.length > 0) throw new Error(`${scenario.name}: ${problems.join("; ")}`);
    return { calls, checkpoints, events: resourceEvents(await readEventLog(site.eventLog(0))) };
  } finally {
    await site.close();
  }
}

async function callsOf({ places }: Site): Promise<Recording["calls"]> {
  const [synadia, kubernetes, git] = await Promise.all([
    places.synadia.calls(),
    places.kubernetes.calls(),
    places.git.calls(),
  ]);
  return { synadia, kubernetes, git };
}

async function countCalls(site: Site): Promise<number> {
  const counts = Object.values(await callsOf(site)).flatMap((calls) => Object.values(calls));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Breaks a scenario at a point, runs it again as a person would, and looks at what there is then. */
export async function runCase(ground: CaseGround, point: CrashPoint): Promise<CaseOutcome> {
  const { scenario } = ground;
  const site = await openSite(ground);
  try {
    const { reached, exitCode } = await breakRun(site, scenario, point);
    const endedWell = exitCode === 0;
    const problems = endedWell ? [] : await runAgain(site, scenario, isKill(point) && reached);
    problems.push(...(await problemsOf(site, scenario, beginning(ground))));
    return { scenario: scenario.name, point, reached, endedWell, problems };
  } finally {
    await site.close();
  }
}

function openSite(ground: CaseGround): Promise<Site> {
  const { world, slot, name } = ground;
  return Site.open(world, { name, slot, snapshot: beginning(ground) });
}

function beginning({ scenario, snapshot }: CaseGround): Snapshot | undefined {
  return scenario.begins === "empty" ? undefined : snapshot;
}

async function breakRun(
  site: Site,
  scenario: Scenario,
  point: CrashPoint,
): Promise<{ reached: boolean; exitCode: number | null }> {
  const begin = () => site.start(scenario.command, scenario.spec);
  switch (point.kind) {
    case "checkpoint":
      return breakAtCheckpoint(site, begin, point);
    case "event": {
      const run = begin();
      const tail = new EventTail(site.eventLog(0));
      const seen = async () => (await tail.count()) >= point.nth;
      return { reached: await killWhen(run, seen), exitCode: (await run.finished).exitCode };
    }
    case "call": {
      const { call, breakage } = point;
      const place = site.places[call.service];
      await place.inject(faultOf(call, breakage));
      const run = begin();
      if (isKill(point)) {
        const seen = async () => (await place.held()).length > 0;
        return { reached: await killWhen(run, seen), exitCode: (await run.finished).exitCode };
      }
      const { exitCode } = await run.finished;
      const reached = ((await place.calls())[call.operation] ?? 0) >= call.nth;
      return { reached, exitCode };
    }
  }
}

async function breakAtCheckpoint(
  site: Site,
  begin: () => EngineRun,
  point: CrashPoint & { kind: "checkpoint" },
): Promise<{ reached: boolean; exitCode: number | null }> {
  let checkpoints = 0;
  let reached = false;
  site.bucket.listener = async ({ key, stored }) => {
    if (reached) throw new Error("the engine is dead");
    if (!isCheckpoint(key)) return;
    if (!stored) checkpoints += 1;
    if (checkpoints !== point.nth || stored !== point.stored) return;
    reached = true;
    await run.kill();
    throw new Error("the engine is dead");
  };
  const run = begin();
  const { exitCode } = await run.finished;
  site.bucket.listener = () => Promise.resolve();
  return { reached, exitCode };
}

/** Kills the run as soon as `seen`; resolves to whether it came so far. */
async function killWhen(run: EngineRun, seen: () => Promise<boolean>): Promise<boolean> {
  while (!run.hasEnded) {
    if (await seen()) {
      await run.kill();
      return true;
    }
    await sleep(LOOK);
  }
  return false;
}

async function runAgain(site: Site, scenario: Scenario, killed: boolean): Promise<string[]> {
  if (killed) await site.start("cancel", scenario.spec).finished;
  const { exitCode, output } = await site.start(scenario.command, scenario.spec).finished;
  return exitCode === 0 ? [] : [`the next run ended with ${exitCode}: ${output}`];
}
