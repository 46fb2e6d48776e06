import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OperatorIssuerInputs } from "@haulway/providers/issuer/issuer";
import {
  type Account,
  type ClaimsData,
  decode,
  encodeAccount,
  encodeOperator,
  encodeUser,
  fmtCreds,
  newScopedSigner,
} from "@nats-io/jwt";
import { createAccount, createOperator, createUser, fromSeed, type KeyPair } from "@nats-io/nkeys";
import { connect, credsAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import { UNLIMITED_ACCOUNT } from "../../../local/nats/nats-operator.ts";
import { greets } from "../../../local/nats/nats-server.ts";
import { ensureToolchain } from "../../../local/toolchain/toolchain.ts";
import { freePort } from "./free-ports.ts";

/** What is particular to one operator and its servers. */
export interface TestOperatorOptions {
  /** How many servers form a cluster. Default: 1. */
  readonly servers?: number;
  /** Whether accounts must be signed with a signing key of the operator. Default: false. */
  readonly strict?: boolean;
  /** Where servers keep accounts. Default: `full`. */
  readonly resolver?: "full" | "memory";
}

/** The secrets of an issuer, as texts. */
export interface TestSecrets {
  readonly signingKey: string;
  readonly operatorKey: string;
  readonly systemCreds: string;
}

/** Names of the variables that hold the secrets. */
const VARIABLES = {
  signingKey: "NATS_SIGNING_KEY",
  operatorKey: "NATS_OPERATOR_KEY",
  systemCreds: "NATS_SYSTEM_CREDS",
} as const;

/**
 * An operator of its own, with a system account, an account for users, and real servers that trust it. What it signs is made
 * with NATS' library for JWTs, so that the code under test is not its own judge.
 */
export class TestOperator {
  readonly operator = createOperator();
  /** A signing key of the operator. */
  readonly operatorSigningKey = createOperator();
  readonly account = createAccount();
  /** A signing key of the account. */
  readonly signingKey = createAccount();
  /** A signing key of the account that is bound to a role. */
  readonly scopedKey = createAccount();
  /** Creds of a user of the system account who may do everything. */
  systemCreds = "";
  private readonly systemAccount = createAccount();
  private readonly systemSigningKey = createAccount();
  private readonly servers: { readonly port: number; readonly config: string; process?: ChildProcess }[] = [];

  private constructor(private readonly directory: string) {}

  static async start(options: TestOperatorOptions = {}): Promise<TestOperator> {
    const directory = await mkdtemp(join(tmpdir(), "haulway-operator-"));
    const operator = new TestOperator(directory);
    operator.systemCreds = await operator.systemUser({});
    try {
      await operator.configure(options);
      await operator.startServers();
      if (options.resolver !== "memory") await operator.push(await operator.newAccount());
    } catch (error) {
      await operator.close();
      throw error;
    }
    return operator;
  }

  /** URLs of all servers, separated by commas. */
  get urls(): string {
    return this.servers.map(({ port }) => `nats://127.0.0.1:${port}`).join(",");
  }

  /** URL of one server. */
  url(index = 0): string {
    const server = this.servers[index];
    if (server === undefined) throw new Error(`there is no server ${index}`);
    return `nats://127.0.0.1:${server.port}`;
  }

  /** Inputs of an issuer of this account; the secrets are in {@link environment}. */
  inputs(changed: Partial<OperatorIssuerInputs> = {}): OperatorIssuerInputs {
    return {
      kind: "operator",
      servers: this.urls,
      account: this.account.getPublicKey(),
      signingKeyFrom: VARIABLES.signingKey,
      operatorKeyFrom: VARIABLES.operatorKey,
      systemCredsFrom: VARIABLES.systemCreds,
      ...changed,
    };
  }

  /** The secrets that are right. */
  secrets(): TestSecrets {
    return {
      signingKey: seedOf(this.signingKey),
      operatorKey: seedOf(this.operatorSigningKey),
      systemCreds: this.systemCreds,
    };
  }

  /** Writes the secrets into files, and gives the variables that name them. */
  async environment(changed: Partial<TestSecrets> = {}): Promise<Record<string, string>> {
    const directory = await mkdtemp(join(this.directory, "secrets-"));
    const secrets = { ...this.secrets(), ...changed };
    const variables: Record<string, string> = {};
    for (const [name, variable] of Object.entries(VARIABLES) as [keyof TestSecrets, string][]) {
      const file = join(directory, name);
      await writeFile(file, `${secrets[name].trimEnd()}\n`, { mode: 0o600 });
      variables[`${variable}_FILE`] = file;
    }
    return variables;
  }

  /** Signs an account with the two signing keys, in place of what it was. */
  newAccount(
    changed: Partial<Account> = {},
    signer: KeyPair = this.operatorSigningKey,
    exp?: number,
  ): Promise<string> {
    const scope = newScopedSigner(this.scopedKey, "reader", { sub: { allow: ["scoped.>"] } });
    return encodeAccount(
      "users",
      this.account,
      {
        limits: UNLIMITED_ACCOUNT,
        signing_keys: [this.signingKey.getPublicKey(), scope],
        ...changed,
      },
      { signer, ...(exp === undefined ? {} : { exp }) },
    );
  }

  /** Gives the servers an account, as `nsc push` does. Rejects when one refuses. */
  async push(jwt: string): Promise<void> {
    const { error } = JSON.parse(await this.ask("$SYS.REQ.CLAIMS.UPDATE", jwt)) as { error?: object };
    if (error !== undefined) throw new Error(JSON.stringify(error));
  }

  /** What a server knows of the account, its signature verified. */
  async claims(index = 0): Promise<ClaimsData<Account>> {
    const subject = `$SYS.REQ.ACCOUNT.${this.account.getPublicKey()}.CLAIMS.LOOKUP`;
    const jwt = await this.ask(subject, "", index);
    decode(jwt);
    // The library verifies, but reads text as Latin-1.
    const body = Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString("utf8");
    return JSON.parse(body) as ClaimsData<Account>;
  }

  /** The revocations of the account: seconds by nkey. */
  async revocations(index = 0): Promise<Readonly<Record<string, number>>> {
    return (await this.claims(index)).nats.revocations ?? {};
  }

  /** Connects with a creds file; rejects when the server refuses it. */
  login(creds: string, index = 0): Promise<NatsConnection> {
    return connect({
      servers: this.url(index),
      authenticator: credsAuthenticator(new TextEncoder().encode(creds)),
      reconnect: false,
    });
  }

  /** Creds of a user of the system account with rights of its own. */
  systemUser(rights: object): Promise<string> {
    return credsOf(this.systemAccount, this.systemSigningKey, rights);
  }

  /** Creds of a user of the account for users. */
  accountUser(): Promise<string> {
    return credsOf(this.account, this.signingKey, {});
  }

  async startServers(): Promise<void> {
    const toolchain = await ensureToolchain();
    for (const server of this.servers) {
      const started = spawn(toolchain.path("nats-server"), ["--config", server.config], { stdio: "ignore" });
      server.process = started;
      while (!(await greets(server.port, AbortSignal.timeout(10_000)))) {
        if (started.exitCode !== null) throw new Error(`nats-server exited with ${started.exitCode}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    await this.untilMeshed();
  }

  async stopServers(): Promise<void> {
    await Promise.all(
      this.servers.map(async ({ process }) => {
        if (process === undefined || process.exitCode !== null) return;
        const exit = once(process, "exit");
        process.kill("SIGTERM");
        await exit;
      }),
    );
  }

  async close(): Promise<void> {
    await this.stopServers();
    await rm(this.directory, { recursive: true, force: true });
  }

  private async ask(subject: string, payload: string, index = 0): Promise<string> {
    const connection = await this.login(this.systemCreds, index);
    try {
      return (await connection.request(subject, payload, { timeout: 5_000 })).string();
    } finally {
      await connection.close();
    }
  }

  /** Waits until every server sees all the others. */
  private async untilMeshed(): Promise<void> {
    for (const [index] of this.servers.entries()) {
      const connection = await this.login(this.systemCreds, index);
      for (let seen = 0; seen < this.servers.length; ) {
        seen = 0;
        const answers = await connection.requestMany("$SYS.REQ.SERVER.PING", "", {
          strategy: "stall",
          stall: 200,
          maxWait: 5_000,
        });
        for await (const _ of answers) seen++;
      }
      await connection.close();
    }
  }

  private async configure({
    servers = 1,
    strict = false,
    resolver = "full",
  }: TestOperatorOptions): Promise<void> {
    const operatorJwt = await encodeOperator("test", this.operator, {
      signing_keys: [this.operatorSigningKey.getPublicKey()],
      system_account: this.systemAccount.getPublicKey(),
      ...(strict ? { strict_signing_key_usage: true } : {}),
    });
    const systemJwt = await encodeAccount(
      "SYS",
      this.systemAccount,
      { limits: UNLIMITED_ACCOUNT, signing_keys: [this.systemSigningKey.getPublicKey()] },
      { signer: this.operatorSigningKey },
    );
    const preload = [`${this.systemAccount.getPublicKey()}: ${systemJwt}`];
    if (resolver === "memory") preload.push(`${this.account.getPublicKey()}: ${await this.newAccount()}`);
    const routes = await Promise.all(Array.from({ length: servers }, freePort));
    for (const [index, route] of routes.entries()) {
      const jwts = join(this.directory, `jwt-${index}`);
      await mkdir(jwts);
      const config = join(this.directory, `server-${index}.conf`);
      const port = await freePort();
      const lines = [
        `server_name: test-${index}`,
        `listen: 127.0.0.1:${port}`,
        `operator: ${operatorJwt}`,
        `system_account: ${this.systemAccount.getPublicKey()}`,
        resolver === "full" ? `resolver: { type: full, dir: ${JSON.stringify(jwts)} }` : "resolver: MEMORY",
        `resolver_preload: { ${preload.join("\n")} }`,
      ];
      if (servers > 1) {
        const urls = routes.map((other) => `nats-route://127.0.0.1:${other}`).join(", ");
        lines.push(`cluster: { name: test, listen: 127.0.0.1:${route}, routes: [${urls}] }`);
      }
      await writeFile(config, lines.join("\n"));
      this.servers.push({ port, config });
    }
  }
}

/** The seed of a key as text. */
export function seedOf(key: KeyPair): string {
  return text(key.getSeed());
}

/** The user's nkey that a creds file holds. */
export function nkeyOf(creds: string): KeyPair {
  const seed = /SU[A-Z2-7]{56}/.exec(creds)?.[0];
  if (seed === undefined) throw new Error("there is no seed of a user in it");
  return fromSeed(new TextEncoder().encode(seed));
}

async function credsOf(account: KeyPair, signer: KeyPair, rights: object): Promise<string> {
  const user = createUser();
  const jwt = await encodeUser("user", user, account, rights, { signer });
  return text(fmtCreds(jwt, user));
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
