import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeAccount, encodeOperator, encodeUser, fmtCreds } from "@nats-io/jwt";
import { createAccount, createOperator, createUser } from "@nats-io/nkeys";
import type { Layout } from "../layout.ts";

/** Where the identity of the local NATS operator lies. Secrets are files of mode 0600; everything else is public. */
export interface NatsOperatorFiles {
  /** Directory of all the others. */
  readonly directory: string;
  /** The operator's JWT: public, what nats-server trusts. */
  readonly operatorJwt: string;
  /** Seed (`SO…`) of the operator's signing key: signs account JWTs. Secret. */
  readonly signingSeed: string;
  /** The system account's JWT: public. */
  readonly systemAccountJwt: string;
  /** The system account's public key (`A…`). */
  readonly systemAccount: string;
  /** Creds of a user of the system account: pushes account JWTs to the server. Secret. */
  readonly systemCreds: string;
}

/** Limits of an account that has none (-1 = unlimited). An account JWT without limits allows nothing at all. JetStream is off. */
export const UNLIMITED_ACCOUNT = {
  conn: -1,
  leaf: -1,
  imports: -1,
  exports: -1,
  data: -1,
  payload: -1,
  subs: -1,
  wildcards: true,
} as const;

/** The files of the operator below `natsDirectory` (`.local/nats`). Touches none of them. */
export function natsOperatorFiles(natsDirectory: string): NatsOperatorFiles {
  const directory = join(natsDirectory, "operator");
  return {
    directory,
    operatorJwt: join(directory, "operator.jwt"),
    signingSeed: join(directory, "operator-signing-key.seed"),
    systemAccountJwt: join(directory, "system-account.jwt"),
    systemAccount: join(directory, "system-account.public"),
    systemCreds: join(directory, "system-user.creds"),
  };
}

/** Path of the configuration of nats-server below `natsDirectory`. */
export function natsServerConfigFile(natsDirectory: string): string {
  return join(natsDirectory, "nats-server.conf");
}

/**
 * Makes the operator, the system account and its user, and the server's configuration, unless they are there. The operator is made
 * whole or not at all: an interrupted run leaves none. Its identity key and the system account's are never stored, because nothing
 * here needs them again.
 */
export async function ensureNatsOperator(layout: Layout): Promise<void> {
  const files = natsOperatorFiles(layout.nats);
  if (!(await exists(files.directory))) {
    await createOperatorFiles(layout.nats, files.directory);
  }
  await mkdir(join(layout.nats, "jwt"), { recursive: true, mode: 0o700 });
  await writeFile(natsServerConfigFile(layout.nats), await serverConfig(layout.nats, files));
}

async function createOperatorFiles(natsDirectory: string, target: string): Promise<void> {
  const draft = `${target}.${process.pid}.draft`;
  await mkdir(draft, { recursive: true, mode: 0o700 });
  const files = natsOperatorFiles(natsDirectory);
  const write = (path: string, content: string | Uint8Array, mode: number) =>
    writeFile(join(draft, path.slice(files.directory.length + 1)), content, { mode });

  const operator = createOperator();
  const signingKey = createOperator();
  const systemAccount = createAccount();
  const systemUser = createUser();
  const systemAccountJwt = await encodeAccount(
    "SYS",
    systemAccount,
    { limits: UNLIMITED_ACCOUNT },
    { signer: signingKey },
  );
  const operatorJwt = await encodeOperator("haulway-local", operator, {
    signing_keys: [signingKey.getPublicKey()],
    system_account: systemAccount.getPublicKey(),
  });
  const systemUserJwt = await encodeUser("account-pusher", systemUser, systemAccount);

  await write(files.operatorJwt, operatorJwt, 0o644);
  await write(files.signingSeed, signingKey.getSeed(), 0o600);
  await write(files.systemAccountJwt, systemAccountJwt, 0o644);
  await write(files.systemAccount, systemAccount.getPublicKey(), 0o644);
  await write(files.systemCreds, fmtCreds(systemUserJwt, systemUser), 0o600);
  try {
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(target))) {
      throw error;
    }
  }
}

/** The configuration holds public JWTs only. Address and port are arguments of the process, so that a port is written in one place. */
async function serverConfig(natsDirectory: string, files: NatsOperatorFiles): Promise<string> {
  const systemAccount = await readFile(files.systemAccount, "utf8");
  const systemAccountJwt = await readFile(files.systemAccountJwt, "utf8");
  return `server_name: haulway-local
operator: ${JSON.stringify(files.operatorJwt)}
system_account: ${systemAccount}
resolver: {
  type: full
  dir: ${JSON.stringify(join(natsDirectory, "jwt"))}
  allow_delete: true
  interval: "2m"
  limit: 1000
}
resolver_preload: {
  ${systemAccount}: ${systemAccountJwt}
}
`;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
