import { isDeepStrictEqual } from "node:util";
import { assert, dictionary, property, string } from "fast-check";
import { expect, test } from "vitest";
import { cacheKey, type GoTarget, linkerFlags, type Sources } from "../../../local/toolchain/cache-key.ts";
import type { Recipe } from "../../../local/toolchain/recipe.ts";

const GO: GoTarget = { version: "go1.30.0", os: "linux", arch: "amd64" };

const RECIPE: Recipe = {
  name: "hello",
  directory: "hello",
  version: "1.2.3",
  module: "example.org/hello",
  stamps: { "main.version": "1.2.3", "main.branch": "stable" },
  embeds: { "schema.json": { module: "example.org/hello", path: "schema.json" } },
  artifacts: [
    { kind: "program", name: "hello", package: "example.org/hello/cmd/hello" },
    { kind: "script", name: "greet", from: { module: "example.org/hello", path: "greet.sh" } },
    { kind: "data", name: "words", from: [{ module: "example.org/hello", path: "words.yaml" }] },
  ],
};

const SOURCES = sourcesOf({ "go.mod": "module hello", "go.sum": "h1:abc", "main.go": "package main" });

function sourcesOf(files: Readonly<Record<string, string>>): Sources {
  return new Map(Object.entries(files).map(([name, content]) => [name, Buffer.from(content)]));
}

test("the key does not depend on the order of files, stamps and embedded files", () => {
  const reversed = new Map([...SOURCES].reverse());
  const stamps = { "main.branch": "stable", "main.version": "1.2.3" };
  expect(cacheKey({ ...RECIPE, stamps }, reversed, GO)).toBe(cacheKey(RECIPE, SOURCES, GO));
});

test("the key is the one of the last release: a change here builds everything again everywhere", () => {
  expect(cacheKey(RECIPE, SOURCES, GO)).toMatchInlineSnapshot(`"07c25e47b7e18db6a52dfd9fe430ea71"`);
});

const changes: [string, Recipe, Sources, GoTarget][] = [
  ["go.mod", RECIPE, new Map([...SOURCES, ["go.mod", Buffer.from("module other")]]), GO],
  ["go.sum", RECIPE, new Map([...SOURCES, ["go.sum", Buffer.from("h1:abd")]]), GO],
  ["a source file", RECIPE, new Map([...SOURCES, ["main.go", Buffer.from("package main\n")]]), GO],
  ["another source file", RECIPE, new Map([...SOURCES, ["more.go", Buffer.from("")]]), GO],
  ["the Go release", RECIPE, SOURCES, { ...GO, version: "go1.30.1" }],
  ["the system", RECIPE, SOURCES, { ...GO, os: "darwin" }],
  ["the processor", RECIPE, SOURCES, { ...GO, arch: "arm64" }],
  ["a stamp", { ...RECIPE, stamps: { ...RECIPE.stamps, "main.version": "1.2.4" } }, SOURCES, GO],
  ["an embedded file", { ...RECIPE, embeds: {} }, SOURCES, GO],
  [
    "a patch",
    { ...RECIPE, patches: [{ file: { module: "example.org/hello", path: "a.go" }, from: "a", to: "b" }] },
    SOURCES,
    GO,
  ],
  ["what is made", { ...RECIPE, artifacts: RECIPE.artifacts.slice(0, 2) }, SOURCES, GO],
  [
    "the package of a program",
    {
      ...RECIPE,
      artifacts: [{ kind: "program", name: "hello", package: "." }, ...RECIPE.artifacts.slice(1)],
    },
    SOURCES,
    GO,
  ],
];

test.each(changes)("the key changes with %s", (_, recipe, sources, go) => {
  expect(cacheKey(recipe, sources, go)).not.toBe(cacheKey(RECIPE, SOURCES, GO));
});

test("content that looks like another file is not mistaken for one", () => {
  const one = sourcesOf({ a: 'x\n"b"\ny' });
  expect(cacheKey(RECIPE, one, GO)).not.toBe(cacheKey(RECIPE, sourcesOf({ a: "x", b: "y" }), GO));
});

test("two sets of sources have the same key only if they are the same", () => {
  const files = dictionary(string({ maxLength: 3 }), string({ maxLength: 3 }), {
    maxKeys: 3,
    noNullPrototype: true,
  });
  assert(
    property(files, files, (a, b) => {
      const same = cacheKey(RECIPE, sourcesOf(a), GO) === cacheKey(RECIPE, sourcesOf(b), GO);
      expect(same).toBe(isDeepStrictEqual(a, b));
    }),
  );
});

test("stamps become linker flags after the ones of every build", () => {
  expect(linkerFlags(RECIPE)).toBe("-s -w -X main.branch=stable -X main.version=1.2.3");
});
