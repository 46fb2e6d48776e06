import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** Pulumi's settings file of a stack, which holds the reference to the key that its secrets are encrypted with. */
export function settingsFile(projectDir: string, stack: string): string {
  return join(projectDir, `Pulumi.${stack}.yaml`);
}

/**
 * Whether a stack's settings file may go with its stack: git ignores it, so nobody else has it. False outside a git repository,
 * and where git is missing.
 */
export async function isDisposable(projectDir: string, stack: string): Promise<boolean> {
  const file = settingsFile(projectDir, stack);
  if (!existsSync(file)) return false;
  try {
    await promisify(execFile)("git", ["check-ignore", "--quiet", file], { cwd: projectDir });
    return true;
  } catch {
    return false;
  }
}
