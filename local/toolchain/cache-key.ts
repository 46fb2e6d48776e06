import { createHash } from "node:crypto";
import { type Artifact, programsOf, type Recipe } from "./recipe.ts";

/** Raised when the way of building changes in a manner that nothing else in the key shows. */
const KEY_FORMAT = 1;

/** Flags of every build: the same sources give the same bytes on every machine, without symbol tables. */
export const BUILD_FLAGS = ["-trimpath", "-buildvcs=false"] as const;

/** Flags of every linker run; a recipe's stamps follow. */
export const LINKER_FLAGS = ["-s", "-w"] as const;

/** The Go toolchain that compiles, and what it compiles for. */
export interface GoTarget {
  /** As Go names itself, such as `go1.26.8`. */
  readonly version: string;
  readonly os: string;
  readonly arch: string;
}

/** The files of a recipe's directory: name to content. */
export type Sources = ReadonlyMap<string, Buffer>;

/** The `-ldflags` of a recipe's programs. */
export function linkerFlags(recipe: Recipe): string {
  const stamps = Object.entries(recipe.stamps ?? {}).sort(byName);
  return [...LINKER_FLAGS, ...stamps.map(([variable, value]) => `-X ${variable}=${value}`)].join(" ");
}

/** The key of a recipe's cache entry: it changes with everything that could change the entry's bytes. */
export function cacheKey(recipe: Recipe, sources: Sources, go: GoTarget): string {
  const hash = createHash("sha256");
  const made = {
    format: KEY_FORMAT,
    go: [go.version, go.os, go.arch],
    flags: BUILD_FLAGS,
    linkerFlags: linkerFlags(recipe),
    programs: programsOf(recipe).map((program) => [program.name, program.package]),
    copies: recipe.artifacts.flatMap(copyOf),
    embeds: Object.entries(recipe.embeds ?? {})
      .map(([name, file]): [string, string] => [name, `${file.module}/${file.path}`])
      .sort(byName),
    patches: recipe.patches?.map(({ file, from, to }) => [`${file.module}/${file.path}`, from, to]),
  };
  hash.update(JSON.stringify(made));
  for (const [name, content] of [...sources].sort(byName)) {
    // Lengths, so that no two sets of files run together into the same bytes.
    hash.update(`\n${JSON.stringify(name)} ${content.length}\n`).update(content);
  }
  return hash.digest("hex").slice(0, 32);
}

function copyOf(artifact: Artifact): [string, string, ...string[]][] {
  switch (artifact.kind) {
    case "program":
    case "alias":
      return [];
    case "script":
      return [[artifact.kind, artifact.name, `${artifact.from.module}/${artifact.from.path}`]];
    case "data":
      return [[artifact.kind, artifact.name, ...artifact.from.map((file) => `${file.module}/${file.path}`)]];
  }
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : Number(a > b);
}
