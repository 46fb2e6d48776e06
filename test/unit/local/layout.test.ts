import { relative } from "node:path";
import { describe, expect, it } from "vitest";
import { layout, localDirectory } from "../../../local/layout.ts";

/** Every path that a layout gives, those of its functions for a name included. */
function pathsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "function") return [(value as (name: string) => string)("some-name")];
  return Object.values(value as object).flatMap(pathsOf);
}

describe("layout", () => {
  const paths = pathsOf(layout("/projects/demo/.local"));

  it("keeps every path inside the local directory, so that removing it removes everything", () => {
    expect(paths.length).toBeGreaterThan(20);
    for (const path of paths) expect(relative("/projects/demo/.local", path)).not.toMatch(/^\.\./);
  });

  it("gives no two things the same place", () => {
    const parts = paths.filter((path) => path !== "/projects/demo/.local");
    expect(new Set(parts).size).toBe(parts.length);
  });

  it("is absolute for a relative directory", () => {
    for (const path of pathsOf(layout("demo/.local"))) expect(path.startsWith(process.cwd())).toBe(true);
    expect(localDirectory("demo").startsWith(process.cwd())).toBe(true);
  });
});
