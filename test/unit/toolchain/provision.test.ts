import { execFile } from "node:child_process";
import { chmod, lstat, mkdir, open, readFile, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { ProvidedToolset } from "../../../local/toolchain/provision.ts";
import { Room } from "./support/room.ts";

async function said(toolset: ProvidedToolset, tool: string): Promise<string> {
  const { stderr } = await promisify(execFile)(join(toolset.dir, "bin", tool));
  return stderr.trim();
}

async function entryOf(room: Room, recipe: string): Promise<string> {
  const [key, ...others] = await room.cached("entries", recipe);
  expect(others).toEqual([]);
  return join(room.cacheDir, "entries", recipe, key ?? "");
}

test("a tool is built once and then taken from the cache", async () => {
  const room = await Room.open();
  const hello = await room.module("hello");

  const first = await room.provide([hello]);
  const second = await room.provide([hello]);

  expect(await said(first, "hello")).toBe("hello");
  expect(second).toEqual(first);
  expect(room.builds).toEqual(["hello"]);
  expect(room.events.at(-1)).toMatchObject({ kind: "ready", built: 0 });
});

test("nothing unfinished and no lock stays behind", async () => {
  const room = await Room.open();
  await room.provide([await room.module("hello")]);
  expect(await room.cached("unfinished")).toEqual([]);
  expect(await room.cached("locks")).toEqual([]);
});

const damages: [string, (entry: string) => Promise<void>, string][] = [
  ["a file that is missing", (entry) => rm(join(entry, "hello")), "hello is missing"],
  ["a file that is cut off", (entry) => truncate(join(entry, "hello"), 1000), "has 1000 bytes instead of"],
  [
    "a file with other content of the same length",
    async (entry) => {
      const file = await open(join(entry, "hello"), "r+");
      await file.write(Buffer.from("damaged"), 0, 7, 4096);
      await file.close();
    },
    "other content",
  ],
  ["a file that cannot be executed", (entry) => chmod(join(entry, "hello"), 0o644), "not executable"],
  ["no manifest", (entry) => rm(join(entry, "manifest.json")), "no manifest"],
  ["half a manifest", (entry) => truncate(join(entry, "manifest.json"), 40), "manifest is damaged"],
  [
    "a manifest of something else",
    (entry) => writeFile(join(entry, "manifest.json"), "{}"),
    "manifest is damaged",
  ],
];

test.each(damages)("an entry with %s is built again, never used", async (_, damage, reason) => {
  const room = await Room.open();
  const hello = await room.module("hello");
  await room.provide([hello]);

  await damage(await entryOf(room, "hello"));
  const repaired = await room.provide([hello]);

  expect(room.events).toContainEqual({
    kind: "broken",
    module: "hello",
    reason: expect.stringContaining(reason) as string,
  });
  expect(await said(repaired, "hello")).toBe("hello");
  await room.provide([hello]);
  expect(room.builds).toEqual(["hello", "hello"]);
});

test("a cache that was copied, with other times, is verified once and used", async () => {
  const room = await Room.open();
  const hello = await room.module("hello");
  await room.provide([hello]);
  const entry = await entryOf(room, "hello");
  await utimes(join(entry, "hello"), 1_000_000, 1_000_000);

  await room.provide([hello]);

  expect(room.builds).toEqual(["hello"]);
  expect(await readFile(join(entry, "manifest.json"), "utf8")).toContain('"mtimeMs": 1000000000');
});

test("a toolset that lost a file gets it back without a build", async () => {
  const room = await Room.open();
  const hello = await room.module("hello");
  const { dir } = await room.provide([hello]);
  await rm(join(dir, "bin", "hello"));

  const again = await room.provide([hello]);

  expect(again.dir).toBe(dir);
  expect(await said(again, "hello")).toBe("hello");
  expect(room.builds).toEqual(["hello"]);
});

test("a tool is itself and not a symbolic link, so that it finds what lies beside it", async () => {
  const room = await Room.open();
  const { dir } = await room.provide([await room.module("hello")]);
  const [linked, stored] = await Promise.all([
    lstat(join(dir, "bin", "hello")),
    lstat(join(await entryOf(room, "hello"), "hello")),
  ]);
  expect(linked.ino).toBe(stored.ino);
});

test("an alias is the same program under another name, and a plugin is not on PATH", async () => {
  const room = await Room.open();
  const hello = await room.module("hello");
  const { dir } = await room.provide([
    {
      ...hello,
      artifacts: [
        { kind: "program", name: "hello", package: ".", plugin: true },
        { kind: "alias", name: "good-day", of: "hello" },
      ],
    },
  ]);
  expect(await said({ dir, plan: { id: "", items: [] } }, "good-day")).toBe("hello");
  await expect(stat(join(dir, "bin", "hello"))).rejects.toThrow("ENOENT");
  expect((await stat(join(dir, "plugins", "hello"))).mode & 0o111).not.toBe(0);
});

test("a program may have the name under which Go builds another", async () => {
  const room = await Room.open();
  const hello = await room.module("hello");
  const toolset = await room.provide([
    {
      ...hello,
      artifacts: [
        { kind: "program", name: "hello", package: "cmd/test2json" },
        { kind: "program", name: "greet", package: "." },
      ],
    },
  ]);
  expect(await said(toolset, "greet")).toBe("hello");
  expect((await stat(join(toolset.dir, "bin", "hello"))).size).toBeGreaterThan(0);
});

test("stamps reach the program", async () => {
  const room = await Room.open();
  const hello = await room.module("hello");
  const source = 'package main\n\nvar word = "unset"\n\nfunc main() {\n\tprintln(word)\n}\n';
  await writeFile(join(room.sourceRoot, "hello", "main.go"), source);
  const toolset = await room.provide([{ ...hello, stamps: { "main.word": "stamped" } }]);
  expect(await said(toolset, "hello")).toBe("stamped");
});

test("changed sources are built, the previous entry is kept, the one before it is not", async () => {
  const room = await Room.open();
  const hello = await room.module("hello");
  for (const word of ["zero", "one", "two", "three"]) {
    await room.module("hello", word);
    expect(await said(await room.provide([hello]), "hello")).toBe(word);
  }
  expect(await room.cached("entries", "hello")).toHaveLength(2);
  expect(await room.cached("toolsets")).toHaveLength(3);

  await room.module("hello", "two");
  await room.provide([hello]);
  expect(room.builds).toHaveLength(4);
});

test("a toolset stays when sources change in a run that asks for more tools", async () => {
  const room = await Room.open();
  const [hello, world] = [await room.module("hello", "one"), await room.module("world")];
  const fewer = await room.provide([hello]);
  await room.provide([hello, world]);
  await room.module("hello", "two");
  await room.provide([hello, world]);
  expect(await said(fewer, "hello")).toBe("one");
});

test("the previous entry that is kept is the one that was used last", async () => {
  const room = await Room.open();
  const hello = await room.module("hello");
  for (const word of ["one", "two", "one", "three"]) {
    await room.module("hello", word);
    await room.provide([hello]);
  }
  expect(room.builds).toHaveLength(3);

  await room.module("hello", "one");
  await room.provide([hello]);
  expect(room.builds).toHaveLength(3);
});

test("two runs at once build each module once, and the second one says that it waits", async () => {
  const room = await Room.open();
  const recipes = [await room.module("hello"), await room.module("world")];

  const [first, second] = await Promise.all([room.provide(recipes), room.provide(recipes)]);

  expect(room.builds.toSorted()).toEqual(["hello", "world"]);
  expect(second).toEqual(first);
  expect(await said(second, "world")).toBe("world");
  const waits = room.events.filter((event) => event.kind === "waiting");
  expect(waits).toEqual([expect.objectContaining({ pid: process.pid })]);
});

test("what a run that was killed left behind is swept away", async () => {
  const room = await Room.open();
  const hello = await room.module("hello");
  await mkdir(join(room.cacheDir, "locks"), { recursive: true });
  await mkdir(join(room.cacheDir, "unfinished", "hello-1", "out"), { recursive: true });
  await writeFile(join(room.cacheDir, "unfinished", "hello-1", "out", "hello"), "half");
  const killed = { pid: 2 ** 22 + 1, startTime: "1", token: "t" };
  await writeFile(join(room.cacheDir, "locks", "build"), JSON.stringify(killed));

  expect(await said(await room.provide([hello]), "hello")).toBe("hello");

  expect(await room.cached("unfinished")).toEqual([]);
  expect(room.events.filter((event) => event.kind === "waiting")).toEqual([]);
});

test("progress counts what is built, not what is there", async () => {
  const room = await Room.open();
  const [hello, world] = [await room.module("hello"), await room.module("world")];
  await room.provide([hello]);
  room.events.length = 0;

  await room.provide([hello, world]);

  expect(room.events).toMatchObject([
    { kind: "checking", modules: 2 },
    { kind: "building", module: "world", version: "1.2.3", tools: ["world"], index: 1, of: 1 },
    { kind: "built", module: "world", done: 1, of: 1 },
    { kind: "ready", built: 1 },
  ]);
});
