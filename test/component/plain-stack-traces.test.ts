import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

/** Runs a program in a process of its own, as the module changes all stack traces of the process it is loaded in. */
function traces(): { silent: string; speaking: string } {
  const module = pathToFileURL(resolve(import.meta.dirname, "../../stacks/plain-stack-traces.ts")).href;
  const program = `
    Error.prepareStackTrace = (error) => "mapped " + error.message;
    await import(${JSON.stringify(module)});
    console.log(JSON.stringify({ silent: new Error().stack, speaking: new Error("broken").stack }));
  `;
  const output = execFileSync(process.execPath, ["--import=tsx", "--input-type=module", "--eval", program], {
    encoding: "utf8",
  });
  return JSON.parse(output) as { silent: string; speaking: string };
}

describe("plain stack traces", () => {
  it("keep the source maps for errors that say something", () => {
    expect(traces().speaking).toBe("mapped broken");
  });

  it("leave the others in V8's format, with positions", () => {
    expect(traces().silent).toMatch(/^Error\n {4}at .+:\d+:\d+/);
  });
});
