import { beforeAll, describe, expect, it } from "vitest";
import type { CaseOutcome } from "./support/crash/crash-case.ts";
import { countByKind, describeCase, runCrashMatrix } from "./support/crash/crash-matrix.ts";
import { kindOf } from "./support/crash/crash-point.ts";
import { SCENARIOS } from "./support/crash/scenario.ts";

/** A part of what `npm run proof:nats` runs in full: each call of each scenario once, each way to break it. */
let outcomes: readonly CaseOutcome[];

beforeAll(async () => {
  outcomes = await runCrashMatrix({ full: false });
  const lines = countByKind(outcomes).map(([kind, cases]) => `${String(cases).padStart(4)}  ${kind}`);
  process.stdout.write(`${outcomes.length} crashes\n${lines.join("\n")}\n`);
});

describe("a NATS user whose run is killed or disturbed", () => {
  it("is one user with one set of working creds after the next run, or gone, and nothing is in plain text", () => {
    const failed = outcomes.filter(({ problems }) => problems.length > 0);
    expect(failed.map((outcome) => [describeCase(outcome), outcome.problems])).toEqual([]);
  });

  it("is so at every call of a creation, of each rotation and of a deletion", () => {
    expect([...new Set(outcomes.map(({ scenario }) => scenario))].toSorted()).toEqual(
      SCENARIOS.map(({ name }) => name).toSorted(),
    );
    expect(outcomes.filter(({ reached }) => !reached).map(describeCase)).toEqual([]);
  });

  it("is so in each way in which a run can break", () => {
    expect([...new Set(outcomes.map(({ point }) => kindOf(point)))].toSorted()).toEqual([
      "429",
      "500",
      "500 when it is done",
      "SIGKILL after a checkpoint",
      "SIGKILL at an event of the engine",
      "SIGKILL before a checkpoint",
      "SIGKILL when it is done",
      "SIGKILL when the call arrives",
      "broken connection",
      "broken connection when it is done",
      "no answer when it is done",
    ]);
  });
});
