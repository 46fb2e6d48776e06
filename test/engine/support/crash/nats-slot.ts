import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { layout } from "../../../../local/layout.ts";
import { ensureNatsOperator, natsServerConfigFile } from "../../../../local/nats/nats-operator.ts";
import { greets } from "../../../../local/nats/nats-server.ts";
import { ensureToolchain } from "../../../../local/toolchain/toolchain.ts";
import { freePort } from "../free-ports.ts";

/** A real nats-server with an operator of its own, for one test after the other. */
export class NatsSlot {
  private constructor(
    private readonly root: string,
    private readonly server: ChildProcess,
    readonly url: string,
  ) {}

  static async start(): Promise<NatsSlot> {
    const toolchain = await ensureToolchain();
    const root = await mkdtemp(join(tmpdir(), "haulway-nats-"));
    const { nats } = layout(root);
    await ensureNatsOperator(layout(root));
    const port = await freePort();
    const server = spawn(
      toolchain.path("nats-server"),
      ["--config", natsServerConfigFile(nats), "--addr", "127.0.0.1", "--port", String(port)],
      { stdio: "ignore" },
    );
    while (!(await greets(port, AbortSignal.timeout(2_000)))) {
      if (server.exitCode !== null) throw new Error(`nats-server exited with ${server.exitCode}`);
      await sleep(50);
    }
    return new NatsSlot(root, server, `nats://127.0.0.1:${port}`);
  }

  /** Directory of the operator's files. */
  get directory(): string {
    return layout(this.root).nats;
  }

  async close(): Promise<void> {
    if (this.server.exitCode === null) {
      const exit = once(this.server, "exit");
      this.server.kill("SIGKILL");
      await exit;
    }
    await rm(this.root, { recursive: true, force: true });
  }
}
