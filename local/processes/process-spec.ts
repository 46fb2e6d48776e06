/**
 * One background process of the local environment: what runs, and how to see that it is ready.
 *
 * A changed `command`, `args`, `env` or `cwd` restarts the process at the next start. Secrets go by file path, never in `args` or
 * `env`: both can be read in the process list.
 */
export interface ProcessSpec {
  /** Unique in the environment and usable as a file name, for example `etcd`, `platform-kube-apiserver`, `stand-in-synadia`. */
  readonly name: string;
  /** Absolute path of the executable. */
  readonly command: string;
  readonly args: readonly string[];
  /** Environment variables on top of those of this process. @default none */
  readonly env?: Readonly<Record<string, string>>;
  /** Working directory. @default the local directory */
  readonly cwd?: string;
  /** The TCP port on 127.0.0.1 that the process must be able to listen on. @default none */
  readonly port?: number;
  /**
   * Polled until it resolves to `true`. A rejection counts as "not yet", and its message is shown if the time runs out. The signal
   * aborts when the process has died or the time is up.
   */
  readonly ready: (signal: AbortSignal) => Promise<boolean>;
  /** How long the process may take to become ready, in seconds. @default 60 */
  readonly readyTimeoutSeconds?: number;
}
