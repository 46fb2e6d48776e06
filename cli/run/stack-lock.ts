/** Who holds the lock of a stack. */
export interface LockHolder {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  /** When it was taken, RFC 3339. */
  readonly since: string;
}

const heldBy = /created by (?<user>\S+)@(?<host>\S+) \(pid (?<pid>\d+)\) at (?<since>\S+)/g;
const lockedMessage = /the stack is currently locked by|Another update is currently in progress/;

/** Whether the output of a failed `pulumi` command says that another run has the stack. */
export function isLocked(output: string): boolean {
  return lockedMessage.test(output);
}

/**
 * The holders that the message of a state backend in files or buckets names. Empty where the backend does not tell, as Pulumi
 * Cloud does not.
 */
export function lockHolders(output: string): readonly LockHolder[] {
  return [...output.matchAll(heldBy)].flatMap(({ groups }) => {
    const { user, host, pid, since } = groups ?? {};
    if (user === undefined || host === undefined || pid === undefined || since === undefined) return [];
    return [{ user, host, pid: Number(pid), since }];
  });
}

/**
 * Whether every holder is a process of this machine that is gone: a run that was killed leaves its lock behind.
 *
 * @param isAlive whether a process of this machine has this id.
 */
export function isAbandoned(
  holders: readonly LockHolder[],
  host: string,
  isAlive: (pid: number) => boolean,
): boolean {
  return holders.length > 0 && holders.every((holder) => holder.host === host && !isAlive(holder.pid));
}

/** What to tell a reader whose run met a lock. */
export function describeLock(stack: string, holders: readonly LockHolder[]): string {
  const who = holders.map(({ user, host, pid, since }) => `${user}@${host} (pid ${pid}) since ${since}`);
  return [
    `another run has the stack${who.length > 0 ? `: ${who.join(", ")}` : ""}.`,
    `Wait until it ends. If it is gone for good: pulumi cancel --stack ${stack}`,
  ].join("\n");
}
