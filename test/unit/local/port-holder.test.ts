import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { listeningSockets, portHolder } from "../../../local/processes/port-holder.ts";

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11111 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 22222 1 0 20 4 30 10 -1
   2: 00000000:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 33333 1 0 100 0 0 10 0
`;

describe("the holder of a port", () => {
  it.each([
    [8080, ["socket:[11111]"]],
    [8081, ["socket:[33333]"]],
    [50_000, []],
  ])("is the process whose socket listens on %i, not one that is connected", (port, sockets) => {
    expect(listeningSockets(table, port)).toEqual(sockets);
  });

  it("is found with its command line, and not once it is gone", async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) =>
      server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
    );
    const holder = await portHolder(port);
    await new Promise((resolve) => server.close(resolve));
    expect(holder?.pid).toBe(process.pid);
    expect(holder?.command).toContain("node");
    expect(await portHolder(port)).toBeUndefined();
  });
});
