import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Step } from "../../../../cli/plan/plan.ts";
import { runSteps } from "../../../../cli/run/step-queue.ts";

function step(stack: string, needs: readonly string[] = [], more: Partial<Step> = {}): Step {
  const reference = { environment: "dev", kind: "team" as const, name: stack };
  return { stack, reference, action: "up", exists: false, needs, follows: [], ...more };
}

const succeeded = (value: boolean) => value;

async function outcome(steps: readonly Step[], failing: readonly string[]) {
  const ends = await runSteps(steps, {
    parallel: 2,
    succeeded,
    run: ({ stack }) => Promise.resolve(!failing.includes(stack)),
  });
  return ends.map((end) =>
    end.result === "done" ? `${end.step.stack} ${end.value}` : `${end.step.stack} ${end.reason}`,
  );
}

describe("runSteps", () => {
  it("skips what needs a failed step, says why, and runs the rest", async () => {
    const steps = [
      step("p"),
      step("a", ["p"]),
      step("b", ["p"]),
      step("t", ["a"]),
      step("u", ["t"]),
      step("v", ["b"]),
    ];
    expect(await outcome(steps, ["a"])).toEqual([
      "p true",
      "a false",
      "b true",
      "t needs a, which failed",
      "u needs t, which was skipped",
      "v true",
    ]);
  });

  it("lets what only follows a failed step run", async () => {
    expect(await outcome([step("a"), step("b", [], { follows: ["a"] })], ["a"])).toEqual([
      "a false",
      "b true",
    ]);
  });

  it("skips a blocked step with its reason", async () => {
    expect(await outcome([step("a", [], { blocked: "not deployed" }), step("b", ["a"])], [])).toEqual([
      "a not deployed",
      "b needs a, which was skipped",
    ]);
  });

  it("begins nothing more once it is interrupted, and lets what runs end", async () => {
    const controller = new AbortController();
    const ends = await runSteps([step("a"), step("b", ["a"])], {
      parallel: 2,
      succeeded,
      signal: controller.signal,
      run: () => {
        controller.abort();
        return Promise.resolve(true);
      },
    });
    expect(ends).toMatchObject([{ result: "done" }, { result: "skipped", reason: "interrupted" }]);
  });

  it("throws what a step threw, after the steps that run have ended", async () => {
    const ended: string[] = [];
    const run = runSteps([step("a"), step("b"), step("c", ["b"])], {
      parallel: 2,
      succeeded,
      run: async ({ stack }) => {
        if (stack === "a") throw new Error("broken");
        await Promise.resolve();
        ended.push(stack);
        return true;
      },
    });
    await expect(run).rejects.toThrow("broken");
    expect(ended).toEqual(["b"]);
  });

  it("never runs more than allowed, nor a step before those it needs", async () => {
    const graph = fc
      .integer({ min: 1, max: 8 })
      .chain((size) =>
        fc.tuple(
          fc.tuple(
            ...Array.from({ length: size }, (_, index) =>
              fc.subarray(Array.from({ length: index }, (_, before) => `s${before}`)),
            ),
          ),
          fc.integer({ min: 1, max: 4 }),
          fc.subarray(Array.from({ length: size }, (_, index) => `s${index}`)),
        ),
      );
    await fc.assert(
      fc.asyncProperty(graph, async ([needs, parallel, failing]) => {
        const done = new Set<string>();
        let running = 0;
        const steps = needs.map((names, index) => step(`s${index}`, names));
        const ends = await runSteps(steps, {
          parallel,
          succeeded,
          run: async (current) => {
            running += 1;
            expect(running).toBeLessThanOrEqual(parallel);
            for (const name of current.needs) expect(done).toContain(name);
            await Promise.resolve();
            running -= 1;
            const ok = !failing.includes(current.stack);
            if (ok) done.add(current.stack);
            return ok;
          },
        });
        expect(ends.map((end) => end.step.stack)).toEqual(steps.map((one) => one.stack));
      }),
    );
  });
});
