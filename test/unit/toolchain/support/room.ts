import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { ToolchainEvent } from "../../../../local/toolchain/events.ts";
import { type Order, type ProvidedToolset, provision } from "../../../../local/toolchain/provision.ts";
import type { Recipe } from "../../../../local/toolchain/recipe.ts";

/** A directory with recipes and a cache of its own, which goes away with the test. */
export class Room {
  readonly sourceRoot: string;
  readonly cacheDir: string;
  readonly events: ToolchainEvent[] = [];

  private constructor(readonly root: string) {
    this.sourceRoot = join(root, "recipes");
    this.cacheDir = join(root, "cache");
  }

  static async open(): Promise<Room> {
    const room = new Room(await mkdtemp(join(tmpdir(), "haulway-toolchain-")));
    onTestFinished(() => rm(room.root, { recursive: true, force: true }));
    await mkdir(room.sourceRoot);
    return room;
  }

  /** A Go module without dependencies, whose program prints a word. */
  async module(name: string, word = name): Promise<Recipe> {
    const dir = join(this.sourceRoot, name);
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, "go.mod"), `module haulway/toolchain/${name}\n\ngo 1.24\n`);
    await writeFile(join(dir, "main.go"), `package main\n\nfunc main() {\n\tprintln("${word}")\n}\n`);
    return {
      name,
      directory: name,
      version: "1.2.3",
      module: `haulway/toolchain/${name}`,
      artifacts: [{ kind: "program", name, package: "." }],
    };
  }

  /** A directory of executable shell scripts, for a PATH. */
  async scripts(label: string, scripts: Readonly<Record<string, string>>): Promise<string> {
    const dir = join(this.root, label);
    await mkdir(dir, { recursive: true });
    for (const [name, body] of Object.entries(scripts)) {
      await writeFile(join(dir, name), `#!/bin/sh\n${body}\n`);
      await chmod(join(dir, name), 0o755);
    }
    return dir;
  }

  async provide(recipes: readonly Recipe[], order: Partial<Order> = {}): Promise<ProvidedToolset> {
    return provision({
      recipes,
      sourceRoot: this.sourceRoot,
      systemRules: {},
      cacheDir: this.cacheDir,
      env: process.env,
      progress: (event) => void this.events.push(event),
      signal: new AbortController().signal,
      ...order,
    });
  }

  /** The modules that were built, in order. */
  get builds(): string[] {
    return this.events.flatMap((event) => (event.kind === "built" ? [event.module] : []));
  }

  /** What is in a directory of the cache; nothing when there is none. */
  async cached(...path: string[]): Promise<string[]> {
    return readdir(join(this.cacheDir, ...path)).catch(() => []);
  }
}

/** A git that is new enough, as a script. */
export const GIT = "echo git version 2.45.1";

/** A `go` that answers questions about itself, and does the given with everything else. */
export function fakeGo(otherwise: string, version = "go1.30.0"): string {
  return `if [ "$1" = env ]; then printf '${version}\\nlinux\\namd64\\nhttps://reader:hunter2@modules.example\\n'; exit 0; fi\n${otherwise}`;
}
