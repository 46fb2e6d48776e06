import { readFile } from "node:fs/promises";
import type { GoTarget } from "./cache-key.ts";
import { ask } from "./command.ts";
import { distributionsOf, requireGit, requireGo } from "./requirements.ts";
import { ToolchainError } from "./toolchain-error.ts";
import { gitRelease } from "./version.ts";

/** The Go installation that will compile. */
export interface Go extends GoTarget {
  /** Where modules come from, without credentials. */
  readonly proxy: string;
}

/** The Go to build with. Throws when it, or git, is missing or too old. */
export async function usableGo(env: NodeJS.ProcessEnv, minimum: string): Promise<Go> {
  const [go, git, osRelease] = await Promise.all([
    findGo(env),
    findGit(env),
    readFile("/etc/os-release", "utf8").catch(() => ""),
  ]);
  const platform = { os: process.platform, distributions: distributionsOf(osRelease) };
  requireGit(git, platform);
  return requireGo(go, minimum, platform);
}

async function findGo(env: NodeJS.ProcessEnv): Promise<Go | undefined> {
  const questions = ["GOVERSION", "GOHOSTOS", "GOHOSTARCH", "GOPROXY"];
  const answer = await ask("go", ["env", ...questions], { ...env, GOTOOLCHAIN: "local", GOWORK: "off" });
  if (answer === undefined) return undefined;
  const [version, os, arch, proxy] = answer.output.split("\n");
  if (!answer.ok || !version || !os || !arch) {
    throw new ToolchainError(
      "go-missing",
      `The go command on PATH does not work; go env says:\n${answer.output.trim()}\n  try: go env`,
    );
  }
  return { version, os, arch, proxy: withoutCredentials(proxy ?? "") };
}

async function findGit(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const answer = await ask("git", ["--version"], env);
  return answer?.ok ? gitRelease(answer.output) : undefined;
}

/**
 * The environment of every Go command: whatever could change the compiled bytes is set or removed, and everything that
 * says how to reach modules (proxies, certificates, Go's own caches) stays the user's.
 */
export function goEnvironment(env: NodeJS.ProcessEnv, target: GoTarget): NodeJS.ProcessEnv {
  const tuning =
    /^(?:GOAMD64|GOARM|GOARM64|GO386|GOMIPS|GOMIPS64|GOPPC64|GORISCV64|GOEXPERIMENT|GOFIPS140|GO111MODULE)$/;
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !tuning.test(name))),
    CGO_ENABLED: "0",
    GOFLAGS: "-mod=readonly",
    GOTOOLCHAIN: "local",
    GOWORK: "off",
    GOOS: target.os,
    GOARCH: target.arch,
  };
}

/** A proxy address without the user name and password that it may hold. */
export function withoutCredentials(proxy: string): string {
  return proxy.replaceAll(/\/\/[^/@\s,|]*@/g, "//");
}
