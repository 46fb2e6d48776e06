import { createHash } from "node:crypto";
import { readFileIfPresent } from "../atomic-file.ts";

/**
 * One background process of the local environment: what runs, and how to see that it is ready.
 *
 * A changed `command`, `args`, `env`, `pathPrefix`, `cwd` or content of `configuration` restarts the process at the next start. Secrets go by file
 * path, never in `args` or `env`: both can be read in the process list.
 */
export interface ProcessSpec {
  /** Unique in the environment and usable as a file name, for example `etcd`, `platform-kube-apiserver`, `stand-in-synadia`. */
  readonly name: string;
  /** Absolute path of the executable. */
  readonly command: string;
  readonly args: readonly string[];
  /**
   * Environment variables on top of `PATH`, `HOME`, `LANG` and `TMPDIR`. Nothing else is passed on: neither the credentials of the
   * person who starts the environment nor an HTTP proxy, which must never see loopback traffic. @default none
   */
  readonly env?: Readonly<Record<string, string>>;
  /** Directories put before those of `PATH`. @default none */
  readonly pathPrefix?: readonly string[];
  /** Working directory. @default the local directory */
  readonly cwd?: string;
  /** Files that the process reads only once, at its start. @default none */
  readonly configuration?: readonly string[];
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

/** Identifies everything whose change needs a restart: a SHA-256 in hexadecimal digits. A missing configuration file counts as empty. */
export async function commandHash(spec: ProcessSpec): Promise<string> {
  const hash = createHash("sha256");
  hash.update(
    JSON.stringify([
      spec.command,
      spec.args,
      Object.entries(spec.env ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)),
      spec.pathPrefix ?? [],
      spec.cwd ?? "",
    ]),
  );
  for (const file of spec.configuration ?? [])
    hash.update(`\n${file}\n${(await readFileIfPresent(file)) ?? ""}`);
  return hash.digest("hex");
}
