import { ToolchainError } from "./toolchain-error.ts";

const TAIL_LINES = 20;

/** What is known about a build that failed. */
export interface FailedBuild {
  readonly module: string;
  readonly version: string;
  /** Everything the commands printed. */
  readonly output: string;
  /** Path of the file with that output. */
  readonly log: string;
  readonly cacheDir: string;
  /** `GOPROXY` as Go sees it. */
  readonly proxy: string;
}

/** Turns what Go printed into an error that says what to do. */
export function explainFailure(failed: FailedBuild): ToolchainError {
  const { output } = failed;
  if (/no space left on device|disk quota exceeded/i.test(output)) return diskFull(failed.cacheDir);
  const refused = refusedDownload(output);
  if (refused !== undefined) {
    return failure(failed, "download-refused", [
      `the Go module proxy refuses ${refused.module} ${refused.version} (HTTP ${refused.status}).`,
      `GOPROXY is ${failed.proxy}; it has to serve that version.`,
      "try: GOPROXY=<address of a proxy that has it> npm start, or ask whoever runs the proxy to allow it",
    ]);
  }
  if (/checksum mismatch|SECURITY ERROR/.test(output)) {
    return failure(failed, "checksum-mismatch", [
      "a downloaded module is not the one that go.sum pins; nothing of it was used.",
      "try: go clean -modcache, and check what GOPROXY points to if it happens again",
    ]);
  }
  if (/dial tcp|no such host|i\/o timeout|connection re(?:fused|set)|TLS handshake|EOF$/m.test(output)) {
    return failure(failed, "download-failed", [
      `a module could not be downloaded; GOPROXY is ${failed.proxy}.`,
      "try: the same command again once the network is back; finished modules are kept",
    ]);
  }
  if (/signal: killed|cannot allocate memory|out of memory/.test(output)) {
    return failure(failed, "out-of-memory", [
      "the system ended the compiler, most likely for want of memory.",
      "try: close other programs, or give this machine or container 5 GiB of free memory",
    ]);
  }
  return failure(failed, "build-failed", ["the compiler reported an error."]);
}

/** The error for a disk on which the cache cannot be written. */
export function diskFull(cacheDir: string): ToolchainError {
  return new ToolchainError(
    "disk-full",
    [
      `The disk with ${cacheDir} is full; building all tools takes about 12 GB, Go's own caches included.`,
      "  try: go clean -cache -modcache (frees Go's caches), or HAULWAY_CACHE=<directory on another disk> npm start",
    ].join("\n"),
  );
}

/** The module version that a proxy would not give, from Go's own message. */
export function refusedDownload(
  output: string,
): { readonly module: string; readonly version: string; readonly status: string } | undefined {
  const found = /(?<module>[^\s:@]+)@(?<version>v[^\s:]+): .*?reading \S+: (?<status>40[134]|410|451)\b/.exec(
    output,
  );
  const { module, version, status } = found?.groups ?? {};
  return module && version && status ? { module, version, status } : undefined;
}

/** The end of an output, where compilers say what is wrong. */
export function tail(output: string): string {
  return output.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
}

function failure(failed: FailedBuild, problem: ToolchainError["problem"], lines: string[]): ToolchainError {
  const [what = "", ...rest] = lines;
  return new ToolchainError(
    problem,
    [
      `Building ${failed.module} ${failed.version} failed: ${what}`,
      ...rest.map((line) => `  ${line}`),
      `  whole log: ${failed.log}`,
      "",
      tail(failed.output),
    ].join("\n"),
  );
}
