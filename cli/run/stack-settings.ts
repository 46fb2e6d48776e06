import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** Pulumi's settings file of a stack, which holds the reference to the key that its secrets are encrypted with. */
export function settingsFile(projectDir: string, stack: string): string {
  return join(projectDir, `Pulumi.${stack}.yaml`);
}

/**
 * Whether git has a stack's settings file under version control, so that removing it is somebody's commit to make. False where
 * there is no repository or no git.
 */
export async function isTracked(projectDir: string, stack: string): Promise<boolean> {
  const file = settingsFile(projectDir, stack);
  try {
    await promisify(execFile)("git", ["ls-files", "--error-unmatch", file], { cwd: projectDir });
    return true;
  } catch {
    return false;
  }
}
