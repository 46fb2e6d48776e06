import type * as pulumi from "@pulumi/pulumi";
import { ForwardedResource } from "../forwarded-resource.ts";

/** One directory of the state store, owned whole by one stack. */
export interface StateStoreDirectoryArgs {
  /** URL of the git repository, http or https, without credentials. */
  readonly url: pulumi.Input<string>;
  /** Branch that Argo CD reads. Made when the repository is empty. */
  readonly branch: pulumi.Input<string>;
  /** User name for the git server. */
  readonly username: pulumi.Input<string>;
  /** Name of the environment variable that holds the password; with `_FILE` appended, of the one that names a file. */
  readonly passwordFrom: pulumi.Input<string>;
  /** Path of the directory in the repository, for example `teams/claims`. Another path replaces the resource. */
  readonly directory: pulumi.Input<string>;
  /** Content of every file, by path below the directory. What is not listed is removed. Never a secret. */
  readonly files: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
  /** Subject of the commit: which team, and why. A change of it alone commits nothing. */
  readonly message: pulumi.Input<string>;
}

/**
 * Rendered manifests in the state store: one atomic commit per change, made again on top of the newest commit when
 * another run was faster, and none when nothing changed. Deleting the resource removes the directory by a commit.
 */
export class StateStoreDirectory extends ForwardedResource {
  /** Commit that holds the files, 40 hexadecimal digits. */
  declare readonly commit: pulumi.Output<string>;
  /** Git's hash of the directory: it changes exactly when a file does. Empty when there are no files. */
  declare readonly tree: pulumi.Output<string>;

  constructor(name: string, args: StateStoreDirectoryArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "stateStoreDirectory",
      "StateStoreDirectory",
      name,
      { ...args, commit: undefined, tree: undefined },
      options,
    );
  }
}
