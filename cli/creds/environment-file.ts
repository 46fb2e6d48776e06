import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../model/user-error.ts";

/** How the file of an environment was changed. */
export interface FileEdit {
  /** Path relative to the project directory. */
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

const pauseMilliseconds = 100;

/**
 * Changes the file of an environment: at once or not at all, and one command at a time, so that none undoes what another wrote.
 *
 * @param patienceMilliseconds how long to wait while another command holds the file.
 * @param edit gives the text as it is to be. What it throws is thrown, and nothing is changed.
 * @throws UserError if another command holds the file for longer, or it cannot be written.
 */
export async function editEnvironmentFile(
  projectDir: string,
  environment: string,
  edit: (text: string) => string,
  patienceMilliseconds = 5000,
): Promise<FileEdit> {
  const file = `environments/${environment}.yaml`;
  const path = realpathSync(join(projectDir, file));
  // The new text is written to the lock, which then takes the file's place. A name with a dot is no input.
  const lock = join(dirname(path), `.${environment}.yaml.lock`);
  const descriptor = await take(lock, { file, name: relative(projectDir, lock), patienceMilliseconds });
  try {
    const before = readFileSync(path, "utf8");
    const after = edit(before);
    fchmodSync(descriptor, statSync(path).mode);
    writeFileSync(descriptor, after);
    fsyncSync(descriptor);
    renameSync(lock, path);
    return { file, before, after };
  } catch (error) {
    rmSync(lock, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Takes a change back, unless the file has been changed again since.
 *
 * @returns whether it was taken back.
 */
export async function takeBack(projectDir: string, environment: string, change: FileEdit): Promise<boolean> {
  let same = false;
  await editEnvironmentFile(projectDir, environment, (text) => {
    same = text === change.after;
    return same ? change.before : text;
  });
  return same;
}

interface LockOptions {
  readonly file: string;
  /** The lock as a person would name it. */
  readonly name: string;
  readonly patienceMilliseconds: number;
}

async function take(lock: string, { file, name, patienceMilliseconds }: LockOptions): Promise<number> {
  for (let waited = 0; ; waited += pauseMilliseconds) {
    try {
      return openSync(lock, "wx", 0o600);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (code !== "EEXIST") throw new UserError(`${file} cannot be written (${code || String(error)}).`);
      if (waited >= patienceMilliseconds) {
        throw new UserError(
          `${file} is being changed by another command, which holds ${name}. Try again; if there is no such command any more, ` +
            `remove that file: rm ${name}`,
        );
      }
    }
    await sleep(pauseMilliseconds);
  }
}
