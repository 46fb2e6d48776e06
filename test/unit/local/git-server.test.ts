import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type GitServer, startGitServer } from "../../../local/git-server/server.ts";
import { ensureStateStore, gitEnvironment } from "../../../local/git-server/state-store.ts";
import { type Layout, layout } from "../../../local/layout.ts";

describe("git server", () => {
  let paths: Layout;
  let server: GitServer;
  let authorization: string;
  beforeEach(async () => {
    paths = layout(join(await mkdtemp(join(tmpdir(), "haulway-git-")), ".local"));
    await ensureStateStore(paths);
    server = await startGitServer({
      repository: paths.stateStore.repository,
      passwordFile: paths.stateStore.passwordFile,
      username: "haulway",
      port: 0,
    });
    authorization = basic("haulway", (await readFile(paths.stateStore.passwordFile, "utf8")).trim());
  });
  afterEach(async () => {
    await server.close();
    await rm(join(paths.root, ".."), { recursive: true });
  });

  /** A git command whose requests carry `header`. */
  const git = async (header: string, ...args: string[]) =>
    (
      await promisify(execFile)("git", ["-c", `http.extraHeader=Authorization: ${header}`, ...args], {
        env: {
          ...gitEnvironment(paths.root),
          GIT_AUTHOR_NAME: "tester",
          GIT_AUTHOR_EMAIL: "tester@example.com",
          GIT_COMMITTER_NAME: "tester",
          GIT_COMMITTER_EMAIL: "tester@example.com",
        },
      })
    ).stdout.trim();

  const commit = async (work: string, file: string, content: string | Buffer) => {
    await writeFile(join(work, file), content);
    await git(authorization, "-C", work, "add", ".");
    await git(authorization, "-C", work, "commit", "-qm", `Add ${file}`);
  };

  it("is empty, with the branch main to come, and takes a push that can be cloned again", async () => {
    const work = join(paths.root, "work");
    await git(authorization, "clone", "-q", server.url, work);
    await commit(work, "a.yaml", "kind: A\n");
    await git(authorization, "-C", work, "push", "-q", "origin", "HEAD");
    const copy = join(paths.root, "copy");
    await git(authorization, "clone", "-q", server.url, copy);
    expect(await git(authorization, "-C", copy, "branch", "--show-current")).toBe("main");
    expect(await readFile(join(copy, "a.yaml"), "utf8")).toBe("kind: A\n");
  });

  it("takes and gives more than fits into a buffer", async () => {
    const work = join(paths.root, "work");
    await git(authorization, "clone", "-q", server.url, work);
    const content = randomBytes(5_000_000);
    await commit(work, "large", content);
    await git(authorization, "-C", work, "push", "-q", "origin", "HEAD");
    const copy = join(paths.root, "copy");
    await git(authorization, "clone", "-q", server.url, copy);
    expect((await readFile(join(copy, "large"))).equals(content)).toBe(true);
  });

  it("refuses a push that would lose a commit", async () => {
    const work = join(paths.root, "work");
    await git(authorization, "clone", "-q", server.url, work);
    await commit(work, "a", "1");
    await git(authorization, "-C", work, "push", "-q", "origin", "HEAD");
    await git(authorization, "-C", work, "commit", "-q", "--amend", "-m", "Rewrite");
    await expect(git(authorization, "-C", work, "push", "-q", "--force", "origin", "HEAD")).rejects.toThrow(
      /non-fast-forward/,
    );
  });

  it.each([
    ["no credentials", () => ""],
    ["a wrong password", () => basic("haulway", "wrong")],
    [
      "the right password of another user",
      () =>
        authorization.replace(/ .*/, ` ${Buffer.from(`other:${decode(authorization)}`).toString("base64")}`),
    ],
    ["another scheme", () => authorization.replace("Basic", "Bearer")],
  ])("lets nobody read or push with %s", async (_, header) => {
    for (const service of ["git-upload-pack", "git-receive-pack"]) {
      const answer = await fetch(`${server.url}/info/refs?service=${service}`, {
        headers: { Authorization: header() },
      });
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toContain("Basic");
    }
    await expect(git(header(), "ls-remote", server.url)).rejects.toThrow();
  });

  it.each([
    "/state.git/config",
    "/state.git/HEAD",
    "/state.git/objects/info/packs",
    "/state.git/../password",
    "/../password",
    "/state.git/%2e%2e/password",
    "/state.git/info/refs/../../../password",
    "/password",
    "//state.git/info/refs",
    "/other.git/info/refs?service=git-upload-pack",
  ])("serves nothing at %s", async (target) => {
    const { port } = new URL(server.url);
    // Without a client that would tidy the path before it sends it.
    const head = await rawRequest(
      Number(port),
      `GET ${target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\n\r\n`,
    );
    expect(head).toMatch(/^HTTP\/1\.1 404 /);
    expect(head).not.toContain(decode(authorization));
  });

  it("understands a compressed request", async () => {
    const work = join(paths.root, "work");
    await git(authorization, "clone", "-q", server.url, work);
    await commit(work, "a", "1");
    await git(authorization, "-C", work, "push", "-q", "origin", "HEAD");
    const body = `${packetLine("command=ls-refs\n")}0001${packetLine("ref-prefix refs/heads/\n")}0000`;
    const answer = await fetch(`${server.url}/git-upload-pack`, {
      method: "POST",
      headers: {
        Authorization: authorization,
        "Content-Type": "application/x-git-upload-pack-request",
        "Content-Encoding": "gzip",
        "Git-Protocol": "version=2",
      },
      body: gzipSync(body),
    });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain("refs/heads/main");
  });

  it("goes on after a client that hangs up in the middle", async () => {
    const { port } = new URL(server.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), "127.0.0.1", () => {
        socket.write(
          `POST /state.git/git-receive-pack HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\n` +
            "Content-Type: application/x-git-receive-pack-request\r\nContent-Length: 100000\r\n\r\n0000",
          () => socket.destroy(),
        );
      });
      socket.once("close", () => resolve());
    });
    expect(await git(authorization, "ls-remote", server.url)).toBe("");
  });

  it("keeps repository and password when the environment starts again, and the password to its owner", async () => {
    const before = await readFile(paths.stateStore.passwordFile, "utf8");
    await writeFile(join(paths.stateStore.repository, "description"), "kept");
    await ensureStateStore(paths);
    expect(await readFile(paths.stateStore.passwordFile, "utf8")).toBe(before);
    expect(await readFile(join(paths.stateStore.repository, "description"), "utf8")).toBe("kept");
    expect((await stat(paths.stateStore.passwordFile)).mode & 0o777).toBe(0o600);
  });

  it("replaces what an interrupted start left of the repository", async () => {
    const fresh = layout(join(paths.root, "fresh"));
    await mkdir(join(`${fresh.stateStore.repository}.draft`, "objects"), { recursive: true });
    await ensureStateStore(fresh);
    expect(await readFile(join(fresh.stateStore.repository, "HEAD"), "utf8")).toBe("ref: refs/heads/main\n");
  });
});

/** A line as git's protocol frames it: its length, itself included, in four hexadecimal digits. */
function packetLine(text: string): string {
  return `${(text.length + 4).toString(16).padStart(4, "0")}${text}`;
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** The password in a header that {@link basic} made. */
function decode(header: string): string {
  return Buffer.from(header.slice("Basic ".length), "base64").toString().split(":")[1] ?? "";
}

function rawRequest(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      answer += chunk;
    });
    socket.once("error", reject);
    socket.once("close", () => resolve(answer));
  });
}
