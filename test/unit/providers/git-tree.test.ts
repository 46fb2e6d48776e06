import * as fs from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { treeHash } from "@haulway/providers/state-store/git-tree";
import * as fc from "fast-check";
import * as git from "isomorphic-git";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let gitdir: string;

beforeAll(async () => {
  gitdir = await mkdtemp(join(tmpdir(), "haulway-tree-"));
  await git.init({ fs, gitdir, bare: true });
});

afterAll(() => rm(gitdir, { recursive: true }));

/** The hash that the git library gives the same files. */
async function hashByLibrary(files: Readonly<Record<string, string>>): Promise<string> {
  const index = Object.entries(files);
  const names = new Set(index.map(([path]) => path.split("/")[0] ?? ""));
  const tree = await Promise.all(
    [...names].map(async (path) => {
      const content = files[path];
      if (content !== undefined) {
        const oid = await git.writeBlob({ fs, gitdir, blob: Buffer.from(content) });
        return { mode: "100644", path, oid, type: "blob" as const };
      }
      const below = index
        .filter(([other]) => other.startsWith(`${path}/`))
        .map(([other, text]): [string, string] => [other.slice(path.length + 1), text]);
      return {
        mode: "040000",
        path,
        oid: await hashByLibrary(Object.fromEntries(below)),
        type: "tree" as const,
      };
    }),
  );
  return git.writeTree({ fs, gitdir, tree });
}

describe("the hash of a directory", () => {
  it("is the one git gives it, whatever the names and contents", async () => {
    // Directories end in "-d", so that none has the name of a file; "-" and "." sort before and after "/".
    const name = fc.stringMatching(/^[a-c.-]{0,2}[a-zäß]$/);
    const path = fc.tuple(
      fc.array(
        name.map((text) => `${text}-d`),
        { maxLength: 2 },
      ),
      name,
    );
    const files = fc.dictionary(
      path.map(([directories, file]) => [...directories, file].join("/")),
      fc.string({ unit: "grapheme" }),
      { minKeys: 1, maxKeys: 8 },
    );
    await fc.assert(
      fc.asyncProperty(files, async (some) => {
        expect(treeHash(some)).toBe(await hashByLibrary(some));
      }),
    );
  });

  it("is empty without files", () => {
    expect(treeHash({})).toBe("");
  });
});
