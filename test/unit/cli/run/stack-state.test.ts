import { describe, expect, it } from "vitest";
import { stateResources } from "../../../../cli/run/stack-state.ts";

describe("stateResources", () => {
  it("gives what there is, and what a replacement has left to be deleted", () => {
    const resources = [
      { urn: "a", type: "t:A", custom: true, inputs: { x: 1 }, outputs: { y: 2 } },
      { urn: "b", type: "t:B", custom: false },
      { urn: "a", type: "t:A", delete: true, outputs: { y: 1 } },
    ];
    expect(stateResources(JSON.stringify({ version: 3, deployment: { manifest: {}, resources } }))).toEqual([
      { type: "t:A", inputs: { x: 1 }, outputs: { y: 2 }, leaving: false },
      { type: "t:B", inputs: {}, outputs: {}, leaving: false },
      { type: "t:A", inputs: {}, outputs: { y: 1 }, leaving: true },
    ]);
    expect(stateResources('{ "version": 3, "deployment": {} }')).toEqual([]);
  });
});
