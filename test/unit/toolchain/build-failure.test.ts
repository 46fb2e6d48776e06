import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { explainFailure, refusedDownload, tail } from "../../../local/toolchain/build-failure.ts";
import type { Recipe } from "../../../local/toolchain/recipe.ts";
import { ToolchainError } from "../../../local/toolchain/toolchain-error.ts";
import { fakeGo, GIT, Room } from "./support/room.ts";

const REFUSED = [
  "go: downloading example.org/tool/v3 v3.68.0",
  "main.go:3:2: example.org/tool/v3@v3.68.0: reading https://modules.example/example.org/tool/v3/@v/v3.68.0.zip: 403 Forbidden",
  "\tserver response: This module version is not available.",
].join("\n");

const FAILED = {
  module: "tool",
  version: "3.68.0",
  log: "/c/logs/tool.log",
  cacheDir: "/c",
  proxy: "https://p",
};

async function failureOf(room: Room, recipe: Recipe, env: NodeJS.ProcessEnv): Promise<ToolchainError> {
  const failure: unknown = await room.provide([recipe], { env }).catch((error: unknown) => error);
  expect(await room.cached("entries")).toEqual([]);
  expect(await room.cached("unfinished")).toEqual([]);
  expect(await room.cached("locks")).toEqual([]);
  if (failure instanceof ToolchainError) return failure;
  throw new Error("expected a ToolchainError", { cause: failure });
}

async function whenGoPrints(output: string): Promise<ToolchainError> {
  const room = await Room.open();
  const go = fakeGo(`cat >&2 <<'END'\n${output}\nEND\nexit 1`);
  const PATH = await room.scripts("path", { git: GIT, go });
  return failureOf(room, await room.module("hello"), { PATH: `${PATH}:/usr/bin:/bin` });
}

test("a compiler error shows its end and where all of it is", async () => {
  const room = await Room.open();
  const hello = await room.module("hello");
  await writeFile(join(room.sourceRoot, "hello", "main.go"), "package main\n\nfunc main() { missing() }\n");

  const { problem, message } = await failureOf(room, hello, process.env);

  expect(problem).toBe("build-failed");
  expect(message).toContain("undefined: missing");
  const log = join(room.cacheDir, "logs", "hello.log");
  expect(message).toContain(`whole log: ${log}`);
  expect(await readFile(log, "utf8")).toContain("undefined: missing");
});

test("a module that the proxy refuses is named with its version, and the proxy without its password", async () => {
  const { problem, message } = await whenGoPrints(REFUSED);
  expect(problem).toBe("download-refused");
  expect(message).toContain("refuses example.org/tool/v3 v3.68.0 (HTTP 403)");
  expect(message).toContain("GOPROXY is https://modules.example;");
  expect(message).not.toContain("hunter2");
});

test("a full disk is named with the cache directory and a way to free space", async () => {
  const { problem, message } = await whenGoPrints(
    "link: write $WORK/b001/exe/a.out: no space left on device",
  );
  expect(problem).toBe("disk-full");
  expect(message).toContain("go clean -cache");
  expect(message).toMatch(/The disk with \S+cache is full/);
});

test("a failure of one module ends the others and is the one that is reported", async () => {
  const room = await Room.open();
  const go = fakeGo(
    'case "$PWD" in *bad*) sleep 0.3; echo "no space left on device"; exit 1;; *) sleep 60;; esac',
  );
  const PATH = `${await room.scripts("path", { git: GIT, go })}:/usr/bin:/bin`;
  const recipes = [await room.module("bad"), await room.module("slow"), await room.module("never")];

  const failure: unknown = await room.provide(recipes, { env: { PATH } }).catch((error: unknown) => error);

  expect(failure).toMatchObject({ problem: "disk-full" });
  const started = room.events.flatMap((event) => (event.kind === "building" ? [event.module] : []));
  expect(started).not.toContain("never");
});

test.each([
  ["checksum-mismatch", "verifying example.org/x@v1.0.0: checksum mismatch\nSECURITY ERROR"],
  ["download-failed", 'Get "https://modules.example/x": dial tcp: lookup modules.example: no such host'],
  ["download-failed", 'Get "https://modules.example/x": unexpected EOF'],
  ["out-of-memory", "example.org/x: /usr/lib/go/compile: signal: killed"],
  ["build-failed", "./main.go:3:15: undefined: EOFReader"],
])("%s", (problem, output) => {
  expect(explainFailure({ ...FAILED, output }).problem).toBe(problem);
});

test.each([
  [REFUSED, { module: "example.org/tool/v3", version: "v3.68.0", status: "403" }],
  [
    "go: example.org/x@v1.0.0: verifying go.mod: example.org/x@v1.0.0/go.mod: reading https://modules.example/x: 404 Not Found",
    { module: "example.org/x", version: "v1.0.0", status: "404" },
  ],
  ["example.org/x@v1.0.0: reading https://modules.example/x: 502 Bad Gateway", undefined],
  ["all is well", undefined],
])("what was refused, case %#", (output, expected) => {
  expect(refusedDownload(output)).toEqual(expected);
});

test("only the end of a long output is shown", () => {
  const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`).join("\n");
  expect(tail(lines).split("\n")).toEqual(lines.split("\n").slice(80));
});
