import { describe, expect, it } from "vitest";
import { applyPatch } from "../../../local/toolchain/build-recipe.ts";

const patch = {
  file: { module: "example.org/server", path: "listen.go" },
  from: '"0.0.0.0:%d"',
  to: '"127.0.0.1:%d"',
};

describe("a patch of upstream's source", () => {
  it("changes its one place", () => {
    expect(applyPatch('listen("0.0.0.0:%d", port)', patch)).toBe('listen("127.0.0.1:%d", port)');
  });

  it.each([
    ["is gone", 'listen("[::]:%d", port)', "found it 0 times"],
    ["stands there twice", 'a("0.0.0.0:%d"); b("0.0.0.0:%d")', "found it 2 times"],
  ])("stops the build when the text %s", (_, source, reason) => {
    expect(() => applyPatch(source, patch)).toThrow(`example.org/server listen.go: expected`);
    expect(() => applyPatch(source, patch)).toThrow(reason);
  });
});
