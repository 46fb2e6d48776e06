import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { z } from "zod";
import { UserError } from "../model/user-error.ts";
import { readFileIfPresent, writeFileAtomically } from "./atomic-file.ts";
import type { Layout } from "./layout.ts";

/** The port of the local environment that goes by a name, for example `nats`; chosen at the first start, the same from then on. */
export type Ports = (name: string) => number;

/**
 * Below the ranges from which Linux (32768) and macOS (49152) take the ports of outgoing connections: a chosen port stays free while
 * its process is down.
 */
const range = { first: 20_000, last: 31_999 };

const schema = z.record(z.string(), z.number().int().min(1).max(65_535));

/**
 * The ports of `names`: those in `ports.json`, and free ones on 127.0.0.1 for names that are new; these are added to the file.
 *
 * @returns a function that throws for a name that was not asked for.
 */
export async function allocatePorts(layout: Layout, names: readonly string[]): Promise<Ports> {
  const known = await readPorts(layout);
  const ports = new Map(Object.entries(known));
  const missing = names.filter((name) => !ports.has(name));
  for (const name of missing) ports.set(name, await findFreePort(new Set(ports.values())));
  if (missing.length > 0) {
    await writeFileAtomically(
      layout.portsFile,
      `${JSON.stringify(Object.fromEntries(ports), undefined, 2)}\n`,
    );
  }
  return (name) => {
    const port = ports.get(name);
    if (port === undefined) throw new Error(`No port was chosen for "${name}"`);
    return port;
  };
}

/** The ports chosen so far, by name; none before the first start. A file that is no such list is a UserError. */
export async function readPorts(layout: Layout): Promise<Readonly<Record<string, number>>> {
  const content = await readFileIfPresent(layout.portsFile);
  if (content === undefined) return {};
  try {
    return schema.parse(JSON.parse(content));
  } catch {
    throw new UserError(
      `${layout.portsFile} is damaged: expected a JSON object of port numbers by name.\n` +
        "Run `npm run local:down`, then `npm start`: new ports are chosen.",
    );
  }
}

/** Whether a process could listen on `port` of 127.0.0.1 now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function findFreePort(taken: ReadonlySet<number>): Promise<number> {
  const size = range.last - range.first + 1;
  const start = randomInt(size);
  for (let step = 0; step < size; step++) {
    const port = range.first + ((start + step) % size);
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new UserError(
    `No port from ${range.first} to ${range.last} is free on 127.0.0.1. End what listens there and try again.`,
  );
}
