import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { messageOf, ProviderError } from "../../provider-error.js";
import { type RetryPolicy, retry } from "../../retry.js";
import { redact } from "../../synadia/redaction.js";
import type { OperatorIssuerInputs } from "../issuer.js";
import { isRecord, parseRecord } from "./json.js";
import { readTrustReport, type TrustReport } from "./operator-trust.js";
import { origin, readSystemCreds } from "./secrets.js";
import { type Claims, readClaims } from "./signed-claims.js";

/** How long one server may take to accept a connection, and how long an answer may take, in milliseconds. */
const CONNECT_TIMEOUT = 3_000;
const ANSWER_TIMEOUT = 5_000;

/** How long after an answer another server's may come, while it is not known how many there are, in milliseconds. */
const STALL = 300;

/** How long an unused connection is kept for the next call, in milliseconds. A process that is done ends after it. */
const LINGER = 250;

/** Servers that restart are there again after a moment; those that are gone are to be reported soon. */
export const BRIEF: RetryPolicy = { attempts: 3, firstDelay: 300, longestDelay: 1_000 };

/** The servers could not be asked. Another attempt may find them. */
export class ServersUnavailable extends ProviderError {}

/** Tries again for a moment when the servers cannot be asked. */
export function briefly<T>(action: () => Promise<T>): Promise<T> {
  return retry(action, (error) => error instanceof ServersUnavailable, BRIEF);
}

/** The servers, as the system account sees them: what they know of an account, and telling them a new version of it. */
export class SystemAccount {
  private opening: Promise<OpenConnection> | undefined;
  private users = 0;
  private closing: NodeJS.Timeout | undefined;

  constructor(private readonly inputs: OperatorIssuerInputs) {}

  /**
   * The account as each server knows it that knows it at all.
   *
   * @throws ServersUnavailable when no server can be asked
   * @throws ProviderError naming the setting when the creds are not good for it
   */
  lookup(): Promise<readonly Claims[]> {
    const { account, servers } = this.inputs;
    return this.use(async (connection) => {
      const subject = `$SYS.REQ.ACCOUNT.${account}.CLAIMS.LOOKUP`;
      const answers = await this.ask(connection, subject, "", connection.resolvers);
      connection.resolvers = answers.length;
      const jwts = [...new Set(answers.map((answer) => answer.string()).filter((text) => text !== ""))];
      return Promise.all(
        jwts.map(async (jwt) => {
          const claims = await readClaims(jwt);
          if (claims?.sub === account && claims.nats["type"] === "account") return claims;
          throw new ProviderError(
            `The servers (nats.servers: ${shownServers(servers)}) hold something for account ${account} that is no JWT of it ` +
              "in the present version, or whose signature is wrong. Push the account again with a current nsc.",
          );
        }),
      );
    });
  }

  /**
   * Tells all servers a new version of the account, and waits until they have taken it over.
   *
   * @throws ProviderError with the reason of the first server that refuses
   */
  push(jwt: string): Promise<void> {
    return this.use(async (connection) => {
      const subject = "$SYS.REQ.CLAIMS.UPDATE";
      const answers = await this.ask(connection, subject, jwt, connection.resolvers);
      for (const answer of answers) {
        const refusal = refusalIn(answer.string());
        if (refusal === undefined) continue;
        throw new ProviderError(
          `The NATS server ${refusal.server} refuses the changed JWT of account ${this.inputs.account}: ` +
            `${redact(refusal.reason, [])}. Nothing was changed there. Solve that at the server, then run again.`,
        );
      }
    });
  }

  /**
   * Which operators each server trusts. Empty when the creds may not ask for that.
   *
   * @throws ProviderError naming the setting when the creds are of another account than the system's
   */
  trust(): Promise<readonly TrustReport[]> {
    return this.use(async (connection) => {
      const answers = await this.ask(connection, "$SYS.REQ.SERVER.PING.VARZ", "", undefined, true);
      return answers
        .map((answer) => readTrustReport(answer.string()))
        .filter((report) => report !== undefined);
    });
  }

  /** Keeps the connection between the calls that `work` makes, however long the pauses between them are. */
  async keepOpen<T>(work: () => Promise<T>): Promise<T> {
    this.users++;
    clearTimeout(this.closing);
    try {
      return await work();
    } finally {
      this.users--;
      if (this.users === 0) this.closing = setTimeout(() => this.close(), LINGER);
    }
  }

  /** Runs `work` with a connection that is shared with everybody who needs one at the same time. */
  private use<T>(work: (connection: OpenConnection) => Promise<T>): Promise<T> {
    return this.keepOpen(async () => {
      this.opening ??= this.open();
      return work(await this.opening);
    });
  }

  private open(): Promise<OpenConnection> {
    const opening = this.connect();
    const forget = () => {
      if (this.opening === opening) this.opening = undefined;
    };
    opening.then(({ connection }) => connection.closed().then(forget), forget);
    return opening;
  }

  private close(): void {
    const { opening } = this;
    this.opening = undefined;
    opening?.then(
      ({ connection }) => connection.close(),
      () => undefined,
    );
  }

  private async connect(): Promise<OpenConnection> {
    const creds = await readSystemCreds(this.inputs);
    const servers = socketServers(this.inputs.servers);
    const { connect, credsAuthenticator } = await import("@nats-io/transport-node");
    try {
      const connection = await connect({
        servers,
        authenticator: credsAuthenticator(Buffer.from(creds.text)),
        name: "haulway",
        timeout: CONNECT_TIMEOUT,
        reconnect: false,
        noAsyncTraces: true,
        ...(servers.some((server) => server.startsWith("tls://")) ? { tls: {} } : {}),
      });
      return { connection, account: creds.account, resolvers: undefined };
    } catch (error) {
      throw this.connectionError(error);
    }
  }

  private connectionError(error: unknown): ProviderError {
    const { servers } = this.inputs;
    if (/authorization violation|authentication/i.test(messageOf(error))) {
      return new ProviderError(
        `${origin(this.inputs, "systemCredsFrom")} holds creds that the NATS servers (nats.servers: ${shownServers(servers)}) ` +
          "refuse: they are revoked, expired, or of an operator that the servers do not trust. " +
          "Give it the creds file of a user of the system account.",
      );
    }
    return this.unavailable(error);
  }

  private unavailable(error: unknown): ServersUnavailable {
    return new ServersUnavailable(
      `No NATS server answers at nats.servers (${shownServers(this.inputs.servers)}): ${redact(messageOf(error), [])}. ` +
        "Check that the servers run and can be reached from here, then run again.",
    );
  }

  /**
   * Asks all servers.
   *
   * @param expected how many answer; `undefined` when that has to be found out
   * @param optional whether creds that may not ask this get no answer instead of an error
   */
  private async ask(
    { connection, account }: OpenConnection,
    subject: string,
    payload: string,
    expected: number | undefined,
    optional = false,
  ): Promise<Msg[]> {
    const { errors } = await import("@nats-io/transport-node");
    const answers: Msg[] = [];
    try {
      const waiting = await connection.requestMany(subject, payload, {
        strategy: "stall",
        stall: STALL,
        maxWait: ANSWER_TIMEOUT,
      });
      for await (const answer of waiting) {
        answers.push(answer);
        if (answers.length === expected) break;
      }
    } catch (error) {
      if (error instanceof errors.NoRespondersError) throw this.notSystem(account, subject);
      if (error instanceof errors.PermissionViolationError) {
        if (optional && error.operation === "publish") return [];
        throw this.notAllowed(error.operation, error.subject);
      }
      throw this.unavailable(error);
    }
    if (answers.length === 0 && !optional) {
      // The connection may be dead without knowing it, as after a sleep of the machine: the next attempt gets another.
      await connection.close();
      throw this.unavailable(`no answer to ${subject} within ${ANSWER_TIMEOUT / 1000} s`);
    }
    return answers;
  }

  private notSystem(account: string, subject: string): ProviderError {
    if (subject.startsWith("$SYS.REQ.SERVER.")) {
      return new ProviderError(
        `${origin(this.inputs, "systemCredsFrom")} holds creds of a user of account ${account}, which is not the system account ` +
          "of the NATS servers. Give it the creds file of a user of the system account (system_account in the servers' configuration).",
      );
    }
    return new ProviderError(
      `The NATS servers (nats.servers: ${shownServers(this.inputs.servers)}) do not answer ${subject}: they keep no account JWTs ` +
        `that can be changed, or ${origin(this.inputs, "systemCredsFrom")} holds creds of another account than the system account. ` +
        "Give the servers a resolver of the type full.",
    );
  }

  private notAllowed(operation: "publish" | "subscription", subject: string): ProviderError {
    return new ProviderError(
      `${origin(this.inputs, "systemCredsFrom")} holds creds that may not ${operation === "publish" ? "publish" : "subscribe"} to ${subject}. ` +
        "Give it the creds file of a user of the system account who may.",
    );
  }
}

interface OpenConnection {
  readonly connection: NatsConnection;
  /** Public key of the account that the connection's user belongs to. */
  readonly account: string;
  /** How many servers answered when all were asked for an account last; `undefined` before. */
  resolvers: number | undefined;
}

/** The servers that speak the protocol of NATS itself; WebSocket is for browsers. */
function socketServers(servers: string): string[] {
  const all = servers.split(",").map((server) => server.trim());
  const usable = all.filter((server) => !/^wss?:/.test(server));
  if (usable.length > 0) return usable;
  throw new ProviderError(
    `nats.servers (${shownServers(servers)}) names WebSocket addresses only, by which accounts cannot be managed. ` +
      "Add a tls:// address of the servers.",
  );
}

/** The addresses without anything else that a URL may hold. */
function shownServers(servers: string): string {
  return servers
    .split(",")
    .map((server) => server.trim().replace(/^(\w+:\/\/)?(?:[^@/]*@)/, "$1"))
    .join(", ");
}

function refusalIn(answer: string): { server: string; reason: string } | undefined {
  const { server, error } = parseRecord(answer) ?? {};
  if (!isRecord(error)) return undefined;
  return {
    server: isRecord(server) && typeof server["name"] === "string" ? server["name"] : "unnamed",
    reason: String(error["description"]).replace(/\.$/, ""),
  };
}
