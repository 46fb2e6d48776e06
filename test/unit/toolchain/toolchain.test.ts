import { expect, test } from "vitest";
import { cacheDirectory } from "../../../local/toolchain/cache-dir.ts";
import { buildsAtOnce, inParallel } from "../../../local/toolchain/concurrency.ts";
import { goEnvironment, withoutCredentials } from "../../../local/toolchain/go.ts";
import { judge, parseManifest } from "../../../local/toolchain/manifest.ts";
import { formatToolchainEvent, type ToolchainEvent } from "../../../local/toolchain/toolchain.ts";
import { compareVersions, goDirective, requiredVersion } from "../../../local/toolchain/version.ts";

const lines: [ToolchainEvent, string][] = [
  [{ kind: "checking", modules: 11 }, "checking 11 tool modules"],
  [{ kind: "system-tool", tool: "etcd", path: "/bin/etcd" }, "using etcd from /bin/etcd"],
  [
    { kind: "system-tool", tool: "etcd", path: "/bin/etcd", refused: "its version is 3.5.0; expected 3.6.5" },
    "not using etcd from /bin/etcd: its version is 3.5.0; expected 3.6.5",
  ],
  [
    { kind: "broken", module: "etcd", reason: "etcd is missing" },
    "etcd in the cache is unusable (etcd is missing); building it again",
  ],
  [{ kind: "waiting", pid: 42, startedAt: 0 }, "waiting for process 42, which is building the same tools"],
  [
    {
      kind: "building",
      module: "kubernetes",
      version: "1.36.0",
      tools: ["a", "b"],
      index: 2,
      of: 9,
      startedAt: 0,
    },
    "building kubernetes 1.36.0 (2 of 9): a, b",
  ],
  [{ kind: "built", module: "etcd", done: 3, of: 9, seconds: 59.4 }, "built etcd in 59 s (3 of 9 done)"],
  [
    { kind: "built", module: "pulumi", done: 9, of: 9, seconds: 185.6 },
    "built pulumi in 3 min 6 s (9 of 9 done)",
  ],
  [{ kind: "ready", built: 0, seconds: 0.08 }, "tools are ready (checked in 0.1 s)"],
  [{ kind: "ready", built: 9, seconds: 1200 }, "tools are ready (built 9 modules in 20 min 0 s)"],
];

test.each(lines)("%j", (event, line) => {
  expect(formatToolchainEvent(event)).toBe(line);
});

test.each([
  [{ HAULWAY_CACHE: "/cache", XDG_CACHE_HOME: "/xdg" }, "/cache"],
  [{ HAULWAY_CACHE: "", XDG_CACHE_HOME: "/xdg" }, "/xdg/haulway"],
  [{ XDG_CACHE_HOME: "relative" }, "/home/me/.cache/haulway"],
  [{}, "/home/me/.cache/haulway"],
])("the cache directory with %j", (env, expected) => {
  expect(cacheDirectory(env, "/home/me")).toBe(expected);
});

const GIB = 2 ** 30;

test.each([
  [2, 24, 2],
  [16, 24, 4],
  [16, 2, 1],
  [1, 64, 1],
  [4, 9.9, 1],
  [4, 10, 2],
])("%i processors and %f GiB build %i modules at a time", (cpus, gib, expected) => {
  expect(buildsAtOnce({ cpus, availableBytes: gib * GIB })).toBe(expected);
});

test("work runs in order, at most so many at a time, and stops at the first failure", async () => {
  const started: number[] = [];
  let stopped = 0;
  const work = inParallel(
    [1, 2, 3, 4, 5],
    2,
    async (item) => {
      started.push(item);
      await Promise.resolve();
      if (item === 2) throw new Error("two");
    },
    () => {
      stopped += 1;
    },
  );
  await expect(work).rejects.toThrow("two");
  expect(started).toEqual([1, 2, 3]);
  expect(stopped).toBe(1);
});

test("what could change the compiled bytes is ours, how to reach modules is the user's", () => {
  const target = { version: "go1.30.0", os: "linux", arch: "amd64" };
  const user = {
    GOFLAGS: "-tags=mine",
    GOOS: "windows",
    GOEXPERIMENT: "x",
    GOAMD64: "v4",
    GOPROXY: "https://p",
    PATH: "/bin",
  };
  expect(goEnvironment(user, target)).toEqual({
    PATH: "/bin",
    GOPROXY: "https://p",
    GOFLAGS: "-mod=readonly",
    GOOS: "linux",
    GOARCH: "amd64",
    GOTOOLCHAIN: "local",
    GOWORK: "off",
    CGO_ENABLED: "0",
  });
});

test("proxy addresses are shown without credentials", () => {
  expect(withoutCredentials("https://me:secret@a.example/x,https://b.example|direct")).toBe(
    "https://a.example/x,https://b.example|direct",
  );
});

const FILE = { name: "a", size: 3, mtimeMs: 1000, sha256: "0".repeat(64), executable: true };

test.each([
  [{ size: 3, mtimeMs: 1000, mode: 0o755 }, { state: "intact" }],
  [
    { size: 3, mtimeMs: 1001, mode: 0o755 },
    { state: "unsure", files: [FILE] },
  ],
  [
    { size: 2, mtimeMs: 1000, mode: 0o755 },
    { state: "broken", reason: "a has 2 bytes instead of 3" },
  ],
  [
    { size: 3, mtimeMs: 1000, mode: 0o644 },
    { state: "broken", reason: "a is not executable" },
  ],
  [undefined, { state: "broken", reason: "a is missing" }],
])("a file that is %j", (state, verdict) => {
  expect(judge([FILE], () => state, ["a"])).toEqual(verdict);
});

test("a manifest without a file that the recipe makes is broken", () => {
  const state = { size: 3, mtimeMs: 1000, mode: 0o755 };
  expect(judge([FILE], () => state, ["a", "b"])).toEqual({ state: "broken", reason: "b was never stored" });
});

test("a manifest is read only for the entry that it was written for", () => {
  const manifest = { recipe: "r", key: "k", version: "1", files: [FILE] };
  const text = JSON.stringify(manifest);
  expect(parseManifest(text, "r", "k")).toEqual(manifest);
  expect(parseManifest(text, "r", "other")).toBeUndefined();
  expect(parseManifest(text, "other", "k")).toBeUndefined();
  expect(parseManifest(text.slice(0, -1), "r", "k")).toBeUndefined();
  expect(parseManifest(JSON.stringify({ ...manifest, files: [] }), "r", "k")).toBeUndefined();
});

test.each([
  ["1.26.0", "1.26", 0],
  ["1.9.9", "1.10", -1],
  ["2.0", "1.99.99", 1],
  ["1.26.8", "1.26.10", -1],
])("compare %s with %s", (a, b, expected) => {
  expect(Math.sign(compareVersions(a, b))).toBe(expected);
});

test("versions are read from go.mod", () => {
  const goMod =
    "module m\n\ngo 1.26.0\n\nrequire example.org/a v1.0.0\n\nrequire (\n\texample.org/b/v2 v2.3.4 // indirect\n)\n";
  expect(goDirective(goMod)).toBe("1.26.0");
  expect(requiredVersion(goMod, "example.org/a")).toBe("1.0.0");
  expect(requiredVersion(goMod, "example.org/b/v2")).toBe("2.3.4");
  expect(requiredVersion(goMod, "example.org/b")).toBeUndefined();
});
