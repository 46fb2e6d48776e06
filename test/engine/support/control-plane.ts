import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layout } from "../../../local/layout.ts";
import { ensureNatsOperator, natsServerConfigFile } from "../../../local/nats/nats-operator.ts";
import { greets } from "../../../local/nats/nats-server.ts";
import { type SynadiaStandIn, startSynadiaStandIn } from "../../../local/stand-ins/synadia/server.ts";
import { ensureToolchain } from "../../../local/toolchain/toolchain.ts";
import { freePort } from "./free-ports.ts";

const ACCOUNT = "2bKAVoSBsfwNDAEj5MdMaiwqj8e";

/** A user as the control plane shows it. */
export interface ShownUser {
  readonly id: string;
  readonly name: string;
  readonly user_public_key: string;
  readonly jwt_settings: Readonly<Record<string, unknown>>;
}

/** A failure of the next call of an operation; see the stand-in. */
export interface Fault {
  readonly operation: string;
  readonly kind: "status" | "hang" | "disconnect" | "act-then-disconnect" | "act-then-hang";
  readonly status?: number;
  readonly times?: number;
}

/** The stand-in of Synadia's control plane with a real nats-server that trusts what it signs. */
export class TestControlPlane {
  readonly accountId = ACCOUNT;

  private constructor(
    private readonly directory: string,
    private readonly standIn: SynadiaStandIn,
    private readonly server: ChildProcess,
    /** URL of nats-server. */
    readonly natsUrl: string,
    readonly token: string,
  ) {}

  static async start(): Promise<TestControlPlane> {
    const toolchain = await ensureToolchain();
    const directory = await mkdtemp(join(tmpdir(), "haulway-synadia-"));
    const paths = layout(directory);
    await ensureNatsOperator(paths);
    await mkdir(paths.synadia.directory, { recursive: true });
    const token = `uat_${randomBytes(24).toString("hex")}`;
    await writeFile(paths.synadia.tokenFile, token, { mode: 0o600 });
    const port = await freePort();
    const server = spawn(
      toolchain.path("nats-server"),
      ["--config", natsServerConfigFile(paths.nats), "--addr", "127.0.0.1", "--port", String(port)],
      { stdio: "ignore" },
    );
    while (!(await greets(port, new AbortController().signal))) {
      if (server.exitCode !== null) throw new Error(`nats-server exited with ${server.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const natsUrl = `nats://127.0.0.1:${port}`;
    const standIn = await startSynadiaStandIn({
      stateFile: join(paths.synadia.directory, "state.json"),
      tokenFile: paths.synadia.tokenFile,
      accountId: ACCOUNT,
      natsUrl,
      natsDirectory: paths.nats,
      pushDelayMilliseconds: 10,
    });
    return new TestControlPlane(directory, standIn, server, natsUrl, token);
  }

  get url(): string {
    return this.standIn.url;
  }

  get tokenFile(): string {
    return layout(this.directory).synadia.tokenFile;
  }

  async users(): Promise<readonly ShownUser[]> {
    const { items } = (await this.call("GET", `/api/core/beta/accounts/${ACCOUNT}/nats-users`)) as {
      items: readonly ShownUser[];
    };
    return items;
  }

  /** The revocations of the account: seconds by nkey. */
  async revocations(): Promise<Readonly<Record<string, number>>> {
    const account = (await this.call("GET", `/api/core/beta/accounts/${ACCOUNT}`)) as {
      jwt_settings: { revocations: Readonly<Record<string, number>> };
    };
    return account.jwt_settings.revocations;
  }

  /** Does something at the API behind Haulway's back. */
  async call(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    const text = await response.text();
    return text.startsWith("{") ? JSON.parse(text) : text;
  }

  /** Calls per operation since {@link forget}. */
  async calls(): Promise<Readonly<Record<string, number>>> {
    return (await this.call("GET", "/stand-in/calls")) as Readonly<Record<string, number>>;
  }

  /** Sets the counts to zero and drops faults. */
  async forget(): Promise<void> {
    await this.call("DELETE", "/stand-in/calls");
  }

  async fail(fault: Fault): Promise<void> {
    await this.call("POST", "/stand-in/faults", fault);
  }

  /** Everything the stand-in wrote, seeds included, to look for in other places. */
  stateText(): Promise<string> {
    return readFile(join(layout(this.directory).synadia.directory, "state.json"), "utf8");
  }

  async close(): Promise<void> {
    await this.standIn.close();
    const exit = once(this.server, "exit");
    this.server.kill("SIGTERM");
    await exit;
    await rm(this.directory, { recursive: true, force: true });
  }
}
