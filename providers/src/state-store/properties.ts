import type { Files } from "./git-tree.js";

/** What a directory of the state store is declared to be; see the resource class `StateStoreDirectory`. */
export interface StateStoreDirectoryInputs {
  readonly url: string;
  readonly branch: string;
  readonly username: string;
  readonly passwordFrom: string;
  readonly directory: string;
  readonly files: Files;
  readonly message: string;
}

/** What the state keeps of a directory: not the files themselves, which are in git and in the inputs. */
export interface StateStoreDirectoryOutputs extends Omit<StateStoreDirectoryInputs, "files" | "message"> {
  readonly commit: string;
  readonly tree: string;
}
