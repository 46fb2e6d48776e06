import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { listenForInterrupt } from "../../../cli/interrupt.ts";

describe("listenForInterrupt", () => {
  it("asks to end first, to stop at once second, and takes the echoes of one Ctrl-C as one", () => {
    const emitter = new EventEmitter();
    const notes: string[] = [];
    let now = 1000;
    const interrupt = listenForInterrupt(
      emitter,
      (line) => notes.push(line),
      () => now,
    );
    expect([interrupt.signal.aborted, interrupt.terminate.aborted]).toEqual([false, false]);
    emitter.emit("SIGINT");
    now += 20;
    emitter.emit("SIGINT");
    expect([interrupt.signal.aborted, interrupt.terminate.aborted]).toEqual([true, false]);
    now += 2000;
    emitter.emit("SIGTERM");
    emitter.emit("SIGINT");
    expect(interrupt.terminate.aborted).toBe(true);
    expect(notes).toHaveLength(2);
    interrupt.dispose();
    expect(emitter.eventNames()).toEqual([]);
  });
});
