import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration } from "../../../../cli/terminal/duration.ts";
import { renderFrame, renderPlainLine, type Task } from "../../../../cli/terminal/task-frame.ts";

const done = (title: string): Task => ({ title, state: "succeeded", detail: "", startedAt: 0, endedAt: 1 });
const terminal = { now: 65_000, columns: 60, rows: 24, color: false, live: true };

describe("renderFrame", () => {
  it("shows state, title, elapsed time and detail, with aligned columns", () => {
    const frame = renderFrame(
      [
        { title: "local", state: "succeeded", detail: "0 changes", startedAt: 0, endedAt: 4200 },
        { title: "local.cluster.workload-a", state: "running", detail: "creating vpc", startedAt: 5000 },
        {
          title: "local.team.claims",
          state: "failed",
          detail: "no\nbecause",
          startedAt: 60_000,
          endedAt: 61_000,
        },
      ],
      terminal,
    );
    expect(frame.split("\n")).toEqual([
      "✓ local                    4.2s  0 changes",
      "⠋ local.cluster.workload-a 1m 00s  creating vpc",
      "✗ local.team.claims        1.0s  no",
      "  because",
    ]);
  });

  it("draws what still runs as interrupted in the last frame", () => {
    const task: Task = { title: "a", state: "running", detail: "", startedAt: 64_000 };
    expect(renderFrame([task], { ...terminal, live: false })).toBe("- a 1.0s");
  });

  it("folds finished tasks where the terminal is too low, never running or failed ones", () => {
    const busy: Task = { title: "busy", state: "running", detail: "", startedAt: 65_000 };
    const frame = renderFrame([done("a"), busy, done("b"), done("c")], { ...terminal, rows: 4 });
    expect(frame.split("\n")).toEqual(["✓ 2 more done", "⠋ busy 0.0s", "✓ c    0.0s"]);
  });

  it("fits the terminal, whatever the tasks", () => {
    const task = fc.record({
      title: fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 60 }),
      state: fc.constantFrom("running" as const, "succeeded" as const),
      detail: fc.string({ unit: "grapheme-ascii", maxLength: 200 }),
      startedAt: fc.integer({ min: 0, max: 65_000 }),
      endedAt: fc.constant(65_000),
    });
    fc.assert(
      fc.property(
        fc.array(task, { maxLength: 12 }),
        fc.integer({ min: 60, max: 200 }),
        fc.integer({ min: 14, max: 50 }),
        (tasks, columns, rows) => {
          const lines = renderFrame(tasks, { ...terminal, columns, rows }).split("\n");
          expect(lines.length).toBeLessThanOrEqual(rows - 1);
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });
});

describe("renderPlainLine", () => {
  it.each<[Task, string]>([
    [{ title: "local", state: "running", detail: "", startedAt: 0 }, "start  local"],
    [{ title: "local", state: "running", detail: "vpc", startedAt: 5000 }, "busy   local: vpc (1m 00s)"],
    [{ title: "local", state: "succeeded", detail: "", startedAt: 0, endedAt: 2000 }, "done   local (2.0s)"],
    [
      { title: "local", state: "failed", detail: "no\nbecause", startedAt: 0, endedAt: 2000 },
      "failed local: no (2.0s)\n       because",
    ],
  ])("%o", (task, line) => {
    expect(renderPlainLine(task, 65_000)).toBe(line);
  });
});

describe("formatDuration", () => {
  it.each([
    [-5, "0.0s"],
    [440, "0.4s"],
    [9_949, "9.9s"],
    [9_960, "10s"],
    [59_400, "59s"],
    [59_600, "1m 00s"],
    [185_000, "3m 05s"],
    [3_725_000, "1h 02m"],
  ])("%i ms is %s", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});
