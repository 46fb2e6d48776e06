import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { readFileIfPresent, writeFileAtomically } from "../atomic-file.ts";
import type { Layout } from "../layout.ts";

/** The settings of the repository, as a forge would have them. */
const settings = {
  "receive.denyNonFastForwards": "true",
  "receive.fsckObjects": "true",
  // Housekeeping would go on in the background, after the push has been answered and past the end of the environment.
  "receive.autogc": "false",
  "gc.auto": "0",
  // Argo CD may ask for a commit by its hash.
  "uploadpack.allowReachableSHA1InWant": "true",
};

/**
 * Makes the state store, unless it is there: an empty bare repository whose branch will be `main`, and the password of its user (mode
 * 0600). An interrupted run leaves no half-made repository.
 */
export async function ensureStateStore(layout: Layout): Promise<void> {
  const { repository, passwordFile } = layout.stateStore;
  if ((await readFileIfPresent(passwordFile)) === undefined) {
    await writeFileAtomically(passwordFile, `${randomBytes(32).toString("base64url")}\n`, 0o600);
  }
  if (await isDirectory(repository)) return;
  const draft = `${repository}.draft`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true, mode: 0o700 });
  const git = async (...args: string[]) =>
    promisify(execFile)("git", ["-C", draft, ...args], { env: gitEnvironment(draft) });
  await git("init", "--quiet", "--bare");
  await git("symbolic-ref", "HEAD", "refs/heads/main");
  for (const [key, value] of Object.entries(settings)) await git("config", key, value);
  await rename(draft, repository);
}

/** Variables for a git process that depends on nobody's configuration. `home` is where it would look for the user's. */
export function gitEnvironment(home: string): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  return { PATH, HOME: home, GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" };
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
