// Proves on a process of its own what the program loads: here, other tests may have loaded anything.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

async function run(code: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", "tsx/esm", "--input-type=module", "--eval", code],
    { cwd: fileURLToPath(new URL("../..", import.meta.url)) },
  );
  return JSON.parse(stdout);
}

describe("the modules of Pulumi's serializer", () => {
  test("are not loaded with the program", async () => {
    const code = `import { createRequire } from "node:module";
      import { types } from "node:util";
      await import("./index.ts");
      await Promise.all(["platform", "cluster", "team"].map((kind) => import(\`./stacks/\${kind}.ts\`)));
      const { cache, resolve } = createRequire(import.meta.resolve("@pulumi/pulumi"));
      const deferred = (name) => types.isProxy(cache[resolve(name)]?.exports);
      console.log(JSON.stringify(["typescript", "@npmcli/arborist"].map(deferred)));`;
    expect(await run(code)).toEqual([true, true]);
  });

  test("are there for whoever serializes a function after all", async () => {
    const code = `await import("./stacks/deferred-modules.ts");
      const { runtime } = await import("@pulumi/pulumi");
      const { text } = await runtime.serializeFunction(() => 40 + 2);
      console.log(JSON.stringify(text.includes("40 + 2")));`;
    expect(await run(code)).toBe(true);
  });
});
