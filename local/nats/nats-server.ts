import { connect } from "node:net";
import type { Layout } from "../layout.ts";
import type { Ports } from "../ports.ts";
import type { ProcessSpec } from "../processes/process-spec.ts";
import { natsServerConfigFile } from "./nats-operator.ts";

/** What the process is made from. */
export interface NatsServerOptions {
  readonly toolchain: { path(name: "nats-server"): string };
  readonly layout: Layout;
  readonly ports: Ports;
}

/**
 * A real nats-server in operator mode on 127.0.0.1: accounts come from the resolver directory below `.local/nats`; no monitoring
 * port, no JetStream. Needs what {@link ensureNatsOperator} writes. Uses the port named `nats`.
 */
export function natsServer({ toolchain, layout, ports }: NatsServerOptions): ProcessSpec {
  const port = ports("nats");
  return {
    name: "nats-server",
    command: toolchain.path("nats-server"),
    args: ["--config", natsServerConfigFile(layout.nats), "--addr", "127.0.0.1", "--port", String(port)],
    port,
    ready: (signal) => greets(port, signal),
  };
}

/** Whether a NATS server greets on `port`: its first line begins with `INFO`. Resolves to `false` when nothing listens there. */
export function greets(port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, signal });
    const finish = (ready: boolean) => {
      socket.destroy();
      resolve(ready);
    };
    socket.setTimeout(2_000, () => finish(false));
    socket.once("data", (data) => finish(data.toString("latin1").startsWith("INFO ")));
    socket.once("error", () => finish(false));
    socket.once("close", () => finish(false));
  });
}
