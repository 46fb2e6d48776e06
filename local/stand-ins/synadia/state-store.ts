import { readFileIfPresent, writeFileAtomically } from "../../atomic-file.ts";
import type { SynadiaState } from "./state.ts";

/** The stand-in's memory and its file. A request changes `state` and awaits `save()` before it answers. */
export interface StateStore {
  readonly state: SynadiaState;
  /** Resolves when everything changed so far is on disk. */
  save(): Promise<void>;
}

/**
 * Reads `file`, or begins with `initial()` and writes that. The file holds seeds and has mode 0600.
 * @throws Error when the file is not this stand-in's.
 */
export async function openStateStore(file: string, initial: () => SynadiaState): Promise<StateStore> {
  const found = await readState(file);
  const state = found ?? initial();
  let saving: Promise<void> = Promise.resolve();
  const save = (): Promise<void> => {
    saving = saving
      .catch(() => undefined)
      .then(() => writeFileAtomically(file, JSON.stringify(state, undefined, 1), 0o600));
    return saving;
  };
  if (found === undefined) {
    await save();
  }
  return { state, save };
}

async function readState(file: string): Promise<SynadiaState | undefined> {
  const text = await readFileIfPresent(file);
  if (text === undefined) {
    return undefined;
  }
  const state = JSON.parse(text) as { version?: unknown };
  if (state.version !== 1) {
    throw new Error(
      `${file} was written by another version of the Synadia stand-in; remove the local environment and start it again`,
    );
  }
  return state as SynadiaState;
}
