import { createHash } from "node:crypto";

/** Files by path, or the directories and files of one directory by name. */
export type Files = Readonly<Record<string, string>>;

/** One directory with all that is below it. */
export interface Directory {
  readonly files: ReadonlyMap<string, string>;
  readonly directories: ReadonlyMap<string, Directory>;
}

/** Sorts files into directories. Paths are relative, with `/` between their parts. */
export function toDirectory(files: Files): Directory {
  const own = new Map<string, string>();
  const below = new Map<string, Record<string, string>>();
  for (const [path, content] of Object.entries(files)) {
    const slash = path.indexOf("/");
    if (slash === -1) own.set(path, content);
    else {
      const name = path.slice(0, slash);
      below.set(name, { ...below.get(name), [path.slice(slash + 1)]: content });
    }
  }
  const directories = new Map([...below].map(([name, children]) => [name, toDirectory(children)]));
  return { files: own, directories };
}

/**
 * The hash that git gives these files as a directory, 40 hexadecimal digits; empty without files, since git has no empty
 * directories. It tells whether something changed without asking the repository.
 */
export function treeHash(files: Files): string {
  return Object.keys(files).length === 0 ? "" : directoryHash(toDirectory(files));
}

function directoryHash({ files, directories }: Directory): string {
  const entries = [
    ...[...files].map(([name, content]) => ({ name, order: name, mode: "100644", hash: blobHash(content) })),
    ...[...directories].map(([name, directory]) => ({
      name,
      // Git sorts a directory as if its name ended in a slash.
      order: `${name}/`,
      mode: "40000",
      hash: directoryHash(directory),
    })),
  ].sort((a, b) => Buffer.compare(Buffer.from(a.order), Buffer.from(b.order)));
  return objectHash(
    "tree",
    Buffer.concat(
      entries.map(({ name, mode, hash }) =>
        Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(hash, "hex")]),
      ),
    ),
  );
}

function blobHash(content: string): string {
  return objectHash("blob", Buffer.from(content));
}

function objectHash(type: "blob" | "tree", content: Buffer): string {
  return createHash("sha1").update(`${type} ${content.length}\0`).update(content).digest("hex");
}
