import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type GitServer, startGitServer } from "../../../local/git-server/server.ts";
import { ensureStateStore, gitEnvironment } from "../../../local/git-server/state-store.ts";
import { layout } from "../../../local/layout.ts";

/** A real bare repository behind a real git server, empty at first. */
export class TestStateStore {
  readonly username = "haulway";

  private constructor(
    private readonly directory: string,
    private readonly server: GitServer,
  ) {}

  static async start(): Promise<TestStateStore> {
    const directory = await mkdtemp(join(tmpdir(), "haulway-git-"));
    const paths = layout(directory);
    await ensureStateStore(paths);
    const { repository, passwordFile } = paths.stateStore;
    const server = await startGitServer({ repository, passwordFile, username: "haulway", port: 0 });
    return new TestStateStore(directory, server);
  }

  get url(): string {
    return this.server.url;
  }

  get passwordFile(): string {
    return layout(this.directory).stateStore.passwordFile;
  }

  /** Runs git in the repository itself, behind Haulway's back. */
  async git(...args: string[]): Promise<string> {
    const { repository } = layout(this.directory).stateStore;
    const { stdout } = await promisify(execFile)("git", ["-C", repository, ...args], {
      env: {
        ...gitEnvironment(repository),
        GIT_AUTHOR_NAME: "someone",
        GIT_AUTHOR_EMAIL: "someone@localhost",
        GIT_COMMITTER_NAME: "someone",
        GIT_COMMITTER_EMAIL: "someone@localhost",
      },
    });
    return stdout.trimEnd();
  }

  /** Content of every file on the branch, by path. */
  async files(): Promise<Readonly<Record<string, string>>> {
    const paths = (await this.git("ls-tree", "-r", "--name-only", "main"))
      .split("\n")
      .filter((path) => path !== "");
    const contents = await Promise.all(paths.map((path) => this.git("show", `main:${path}`)));
    return Object.fromEntries(paths.map((path, index) => [path, contents[index] ?? ""]));
  }

  /** Subjects of the commits on the branch, newest first. */
  async log(): Promise<readonly string[]> {
    return (await this.git("log", "--format=%an: %s", "main")).split("\n");
  }

  async close(): Promise<void> {
    await this.server.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}
