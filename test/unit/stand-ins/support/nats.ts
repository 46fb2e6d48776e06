import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Layout, layout } from "../../../../local/layout.ts";
import { ensureNatsOperator } from "../../../../local/nats/nats-operator.ts";
import { natsServer } from "../../../../local/nats/nats-server.ts";
import { ensureToolchain } from "../../../../local/toolchain/toolchain.ts";

/** A real nats-server in operator mode, in a local directory of its own. */
export interface TestNats {
  readonly layout: Layout;
  readonly url: string;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops the server and removes the directory. */
  remove(): Promise<void>;
}

/** Starts nats-server on a free port. */
export async function startNats(): Promise<TestNats> {
  const paths = layout(await mkdtemp(join(tmpdir(), "haulway-nats-")));
  await ensureNatsOperator(paths);
  const port = await freePort();
  const toolchain = await ensureToolchain();
  const spec = natsServer({ toolchain, layout: paths, ports: () => port });
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const started = spawn(spec.command, spec.args, { stdio: "ignore" });
    child = started;
    const signal = AbortSignal.timeout(20_000);
    while (!(await spec.ready(signal))) {
      if (started.exitCode !== null || signal.aborted) {
        throw new Error("nats-server did not start");
      }
      await wait(50);
    }
  };
  const stop = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (running !== undefined && running.exitCode === null) {
      const ended = new Promise((resolve) => running.once("exit", resolve));
      running.kill("SIGTERM");
      await ended;
    }
  };
  await start();
  return {
    layout: paths,
    url: `nats://127.0.0.1:${port}`,
    start,
    stop,
    async remove() {
      await stop();
      await rm(paths.root, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(),
      );
    });
  });
}
