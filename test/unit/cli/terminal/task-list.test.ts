import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createTaskList } from "../../../../cli/terminal/task-list.ts";

/** Collects what is written, as a terminal stream of 80 columns. */
function recorder(): { stream: NodeJS.WriteStream; text: () => string } {
  let text = "";
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return {
    stream: Object.assign(stream, { columns: 80, rows: 24 }) as unknown as NodeJS.WriteStream,
    text: () => text,
  };
}

describe("a plain task list", () => {
  it("writes one line per event, and says now and then that a task is still busy", () => {
    const { stream, text } = recorder();
    let now = 0;
    const list = createTaskList({ stream, interactive: false, now: () => now });
    list.start("a", "Stack a");
    now = 10_000;
    list.update("a", "too soon to tell");
    now = 31_000;
    list.update("a", "creating");
    list.note("a note");
    now = 32_000;
    list.succeed("a", "2 changes");
    list.fail("b", "no");
    list.stop();
    expect(text().split("\n")).toEqual([
      "start  Stack a",
      "busy   Stack a: creating (31s)",
      "a note",
      "done   Stack a: 2 changes (32s)",
      "failed b: no (0.0s)",
      "",
    ]);
  });
});

describe("a plain task list without news", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("repeats what a long step is doing, and falls silent when the list stops", () => {
    const { stream, text } = recorder();
    const list = createTaskList({ stream, interactive: false });
    list.start("a", "Tools");
    list.update("a", "building pulumi (3 of 11)");
    vi.advanceTimersByTime(65_000);
    list.stop();
    vi.advanceTimersByTime(65_000);
    expect(text().split("\n")).toEqual([
      "start  Tools",
      "busy   Tools: building pulumi (3 of 11) (30s)",
      "busy   Tools: building pulumi (3 of 11) (1m 00s)",
      "",
    ]);
  });
});

describe("a live task list", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("redraws while a task runs, keeps notes, and leaves no timer behind", () => {
    const { stream, text } = recorder();
    const list = createTaskList({ stream, interactive: true });
    list.start("a", "Stack a");
    list.update("a", "creating vpc");
    expect(text()).not.toContain("creating vpc");
    vi.advanceTimersByTime(200);
    expect(text()).toContain("creating vpc");
    list.note("a note");
    list.succeed("a", "0 changes");
    list.stop();
    expect(text()).toContain("a note\n");
    expect(text()).toContain("0 changes");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("begins a new list after stop", () => {
    const { stream, text } = recorder();
    const list = createTaskList({ stream, interactive: true });
    list.start("a", "first");
    list.stop();
    const before = text().length;
    list.start("b", "second");
    list.stop();
    expect(text().slice(before)).toContain("second");
    expect(text().slice(before)).not.toContain("first");
    expect(vi.getTimerCount()).toBe(0);
  });
});
