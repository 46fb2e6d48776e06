import { readlink } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import type { Recipe } from "../../../local/toolchain/recipe.ts";
import { refusal, SYSTEM_RULES, type SystemRule } from "../../../local/toolchain/system-tools.ts";
import { Room } from "./support/room.ts";

const RULES: Readonly<Record<string, SystemRule>> = {
  hello: { args: ["--version"], pattern: /^hello v(\S+)/m },
  world: { args: ["--version"], pattern: /^world v(\S+)/m },
  helper: { comesWith: "hello" },
  "inner-helper": { comesWith: "hello", as: "helper" },
};

async function withPath(room: Room, dir: string, recipes: readonly Recipe[], asked = "1") {
  const env = {
    ...process.env,
    PATH: `${dir}${delimiter}${process.env["PATH"]}`,
    HAULWAY_SYSTEM_TOOLS: asked,
  };
  return room.provide(recipes, { env, systemRules: RULES });
}

test("a binary on PATH with the right version spares the build", async () => {
  const room = await Room.open();
  const dir = await room.scripts("system", { hello: "echo hello v1.2.3" });

  const toolset = await withPath(room, dir, [await room.module("hello")]);

  expect(room.builds).toEqual([]);
  expect(await readlink(join(toolset.dir, "bin", "hello"))).toBe(join(dir, "hello"));
  expect(room.events).toContainEqual({ kind: "system-tool", tool: "hello", path: join(dir, "hello") });
});

test.each([
  ["another version", "echo hello v1.2.30", "its version is 1.2.30; expected 1.2.3"],
  ["no version", "echo hi", "it does not say which version it is; expected 1.2.3"],
  ["a version command that fails", "exit 3", "it does not say which version it is; expected 1.2.3"],
])("a binary on PATH with %s is not used", async (_, body, refused) => {
  const room = await Room.open();
  const dir = await room.scripts("system", { hello: body });

  await withPath(room, dir, [await room.module("hello")]);

  expect(room.builds).toEqual(["hello"]);
  expect(room.events).toContainEqual({
    kind: "system-tool",
    tool: "hello",
    path: join(dir, "hello"),
    refused,
  });
});

test.each(["", "0", "yes"])("nothing on PATH is used unless asked for (%j)", async (asked) => {
  const room = await Room.open();
  const dir = await room.scripts("system", { hello: "echo hello v1.2.3" });
  await withPath(room, dir, [await room.module("hello")], asked);
  expect(room.builds).toEqual(["hello"]);
  expect(room.events.map(({ kind }) => kind)).not.toContain("system-tool");
});

test("half of a recipe on PATH does not spare its build", async () => {
  const room = await Room.open();
  const dir = await room.scripts("system", { hello: "echo hello v1.2.3" });
  const hello = await room.module("hello");
  const both: Recipe = {
    ...hello,
    artifacts: [...hello.artifacts, { kind: "program", name: "world", package: "./world" }],
  };
  await room.module("hello/world", "world");
  await withPath(room, dir, [both]).catch(() => undefined);
  expect(room.events).toContainEqual(expect.objectContaining({ kind: "building", module: "hello" }));
});

test("a tool without a version is used when it lies beside the one it comes with", async () => {
  const room = await Room.open();
  const helper = await room.module("helper");
  const hello = await room.module("hello");
  const together = await room.scripts("system", { hello: "echo hello v1.2.3", helper: "true" });
  const toolset = await withPath(room, together, [helper, hello]);
  expect(room.builds).toEqual([]);
  expect(await readlink(join(toolset.dir, "bin", "helper"))).toBe(join(together, "helper"));

  const renamed: Recipe = { ...hello, artifacts: [{ kind: "program", name: "inner-helper", package: "." }] };
  const inner = await withPath(room, together, [{ ...renamed, name: "inner" }, hello]);
  expect(await readlink(join(inner.dir, "bin", "inner-helper"))).toBe(join(together, "helper"));

  const alone = await room.scripts("alone", { helper: "true" });
  await withPath(room, alone, [helper, hello]);
  expect(room.builds.toSorted()).toEqual(["hello", "helper"]);
});

test("our own tools on PATH are no system's", async () => {
  const room = await Room.open();
  const hello = await room.module("hello", "hello v1.2.3");
  const { dir } = await room.provide([hello]);

  const again = await withPath(room, join(dir, "bin"), [hello]);

  expect(again.dir).toBe(dir);
  expect(room.events.map(({ kind }) => kind)).not.toContain("system-tool");
});

const OUTPUTS: [string, string, string][] = [
  ["pulumi", "v3.259.0\n", "3.259.0"],
  ["pulumi", "3.259.0\n", "3.259.0"],
  ["kube-apiserver", "Kubernetes v1.36.0\n", "1.36.0"],
  ["kubectl", "Client Version: v1.36.0\nKustomize Version: v5.7.1\n", "1.36.0"],
  ["etcd", "etcd Version: 3.6.5\nGit SHA: Not provided\nGo Version: go1.26.8\n", "3.6.5"],
  ["nats-server", "nats-server: v2.15.2\n", "2.15.2"],
  ["kwok", "kwok version v0.8.0 go1.26.8 (linux/amd64)\n", "0.8.0"],
];

test.each(OUTPUTS)("%s says its version: %j", (tool, output, version) => {
  const rule = SYSTEM_RULES[tool];
  if (rule === undefined || !("pattern" in rule)) throw new Error(`${tool} has no version command`);
  expect(refusal(output, rule.pattern, version)).toBeUndefined();
  expect(refusal(output, rule.pattern, `${version}1`)).toContain(`its version is ${version}`);
});
