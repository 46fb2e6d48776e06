import * as fs from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HttpClient, TreeEntry } from "isomorphic-git";
import { explainGitError } from "./errors.js";
import { type Directory, type Files, toDirectory } from "./git-tree.js";
import type { StateStoreDirectoryOutputs } from "./properties.js";

/** Which branch of which repository, and with what credentials. */
export type Location = Omit<StateStoreDirectoryOutputs, "commit" | "tree">;

/** Who commits. The address is one that cannot receive mail. */
const AUTHOR = { name: "haulway", email: "haulway@localhost" };

/** Time for one request and its answer, in milliseconds. */
const TIMEOUT = 60_000;

/** What the branch holds at one moment. */
export interface Head {
  /** Newest commit; `undefined` while the branch does not exist. */
  readonly commit: string | undefined;
  /** Git's hash of the directory, empty when it is not there. */
  readonly tree: string;
}

/**
 * A shallow copy of the branch in a temporary directory, without a work tree. The libraries are loaded when they are
 * needed, because a preview that compares hashes needs none.
 */
export class Repository {
  private constructor(
    private readonly git: typeof import("isomorphic-git"),
    private readonly http: HttpClient,
    private readonly gitdir: string,
    private readonly location: Location,
    private readonly password: string,
  ) {}

  /**
   * Runs `action` with a copy of the branch that lives as long as it does.
   * @throws ProviderError with the way out; LostRace when another run was faster
   */
  static async with<T>(
    location: Location,
    password: string,
    action: (repository: Repository) => Promise<T>,
  ): Promise<T> {
    const git = await import("isomorphic-git");
    const { default: http } = await import("isomorphic-git/http/node");
    const gitdir = await mkdtemp(join(tmpdir(), "haulway-state-store-"));
    try {
      await git.init({ fs, gitdir, bare: true, defaultBranch: location.branch });
      await git.addRemote({ fs, gitdir, remote: "origin", url: location.url });
      return await action(new Repository(git, withTimeout(http), gitdir, location, password));
    } catch (error) {
      throw explainGitError(location, password, error);
    } finally {
      await rm(gitdir, { recursive: true, force: true });
    }
  }

  /** Fetches the branch as it is now. */
  async fetch(): Promise<Head> {
    const ref = `refs/heads/${this.location.branch}`;
    const refs = await this.git.listServerRefs({ ...this.remote(), prefix: ref });
    if (!refs.some((candidate) => candidate.ref === ref)) return { commit: undefined, tree: "" };
    const { fetchHead } = await this.git.fetch({
      ...this.remote(),
      fs,
      gitdir: this.gitdir,
      ref: this.location.branch,
      remoteRef: this.location.branch,
      singleBranch: true,
      depth: 1,
      tags: false,
    });
    if (fetchHead === null) return { commit: undefined, tree: "" };
    return { commit: fetchHead, tree: await this.hashAt(fetchHead, this.location.directory) };
  }

  /** Commits the files as the whole content of the directory on top of `head`, and pushes. Without files it is removed. */
  async commit(head: Head, files: Files, message: string): Promise<string> {
    const root = head.commit === undefined ? [] : await this.entries(head.commit);
    const path = this.location.directory.split("/");
    const tree = await this.graft(
      root,
      path,
      Object.keys(files).length === 0 ? undefined : toDirectory(files),
    );
    const ref = `refs/heads/${this.location.branch}`;
    const commit = await this.git.commit({
      fs,
      gitdir: this.gitdir,
      message,
      author: AUTHOR,
      committer: AUTHOR,
      ref,
      tree: tree ?? (await this.git.writeTree({ fs, gitdir: this.gitdir, tree: [] })),
      parent: head.commit === undefined ? [] : [head.commit],
    });
    await this.git.push({ ...this.remote(), fs, gitdir: this.gitdir, ref, remoteRef: ref });
    return commit;
  }

  /** Writes the tree that results when `content` takes the place of what is at `path`; `undefined` when it is empty. */
  private async graft(
    entries: readonly TreeEntry[],
    [name, ...rest]: readonly string[],
    content: Directory | undefined,
  ): Promise<string | undefined> {
    if (name === undefined) return content === undefined ? undefined : this.write(content);
    const current = entries.find((entry) => entry.path === name && entry.type === "tree");
    const below = current === undefined || rest.length === 0 ? [] : await this.entries(current.oid);
    const oid = await this.graft(below, rest, content);
    const others = entries.filter((entry) => entry.path !== name);
    return this.writeTree([...others, ...(oid === undefined ? [] : [treeEntry(name, oid)])]);
  }

  private async write({ files, directories }: Directory): Promise<string> {
    const entries: TreeEntry[] = [];
    for (const [path, content] of files) {
      const oid = await this.git.writeBlob({ fs, gitdir: this.gitdir, blob: Buffer.from(content) });
      entries.push({ mode: "100644", path, oid, type: "blob" });
    }
    for (const [path, directory] of directories) entries.push(treeEntry(path, await this.write(directory)));
    return this.git.writeTree({ fs, gitdir: this.gitdir, tree: entries });
  }

  private async writeTree(entries: TreeEntry[]): Promise<string | undefined> {
    return entries.length === 0 ? undefined : this.git.writeTree({ fs, gitdir: this.gitdir, tree: entries });
  }

  private async entries(oid: string): Promise<readonly TreeEntry[]> {
    return (await this.git.readTree({ fs, gitdir: this.gitdir, oid })).tree;
  }

  private async hashAt(commit: string, directory: string): Promise<string> {
    let oid = commit;
    for (const name of directory.split("/")) {
      const entry = (await this.entries(oid)).find((candidate) => candidate.path === name);
      if (entry?.type !== "tree") return "";
      oid = entry.oid;
    }
    return oid;
  }

  private remote() {
    const { url, username } = this.location;
    return {
      http: this.http,
      url,
      onAuth: () => ({ username, password: this.password }),
      onAuthFailure: () => ({ cancel: true }),
    };
  }
}

/** Not every operation of the library takes a signal, but all of them ask the server by this. */
function withTimeout(http: HttpClient): HttpClient {
  return { request: (request) => http.request({ ...request, signal: AbortSignal.timeout(TIMEOUT) }) };
}

function treeEntry(path: string, oid: string): TreeEntry {
  return { mode: "040000", path, oid, type: "tree" };
}
