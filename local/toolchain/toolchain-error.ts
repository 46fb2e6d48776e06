/** What kind of problem keeps the toolchain from being ready. */
export type ToolchainProblem =
  | "go-missing"
  | "go-too-old"
  | "git-missing"
  | "git-too-old"
  | "download-refused"
  | "download-failed"
  | "checksum-mismatch"
  | "disk-full"
  | "out-of-memory"
  | "build-failed"
  | "cache-unusable"
  | "interrupted";

/** A problem that the user can solve: its message says what is wrong, what is expected, and what to do about it. */
export class ToolchainError extends Error {
  override readonly name = "ToolchainError";

  constructor(
    /** What to tell apart in code; the message is for people. */
    readonly problem: ToolchainProblem,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
