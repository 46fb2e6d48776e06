import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Environment } from "../../model/environment.ts";
import type { Layout } from "../layout.ts";
import type { Ports } from "../ports.ts";
import type { ProcessSpec } from "../processes/process-spec.ts";

/** URL of the state store, without credentials. */
export function stateStoreUrl(layout: Layout, ports: Ports): string {
  return `http://127.0.0.1:${ports("state-store")}/${basename(layout.stateStore.repository)}`;
}

/** The git server of the state store, at the port named `state-store`. Needs what `ensureStateStore` makes. */
export function stateStoreServer(options: {
  readonly layout: Layout;
  readonly ports: Ports;
  readonly environment: Pick<Environment, "stateStore">;
}): ProcessSpec {
  const { layout, ports, environment } = options;
  const { username } = environment.stateStore.credentials;
  const { repository, passwordFile } = layout.stateStore;
  return {
    name: "state-store",
    command: process.execPath,
    args: [
      "--import",
      import.meta.resolve("tsx"),
      fileURLToPath(new URL("./main.ts", import.meta.url)),
      `--port=${ports("state-store")}`,
      `--repository=${repository}`,
      `--username=${username}`,
      `--password-file=${passwordFile}`,
    ],
    // With another version of the server, another server has to run.
    configuration: [
      passwordFile,
      ...readdirSync(import.meta.dirname).map((file) => join(import.meta.dirname, file)),
    ],
    port: ports("state-store"),
    ready: async (signal) => {
      const password = (await readFile(passwordFile, "utf8")).trim();
      const credentials = Buffer.from(`${username}:${password}`).toString("base64");
      const answer = await fetch(`${stateStoreUrl(layout, ports)}/info/refs?service=git-upload-pack`, {
        headers: { Authorization: `Basic ${credentials}` },
        signal,
      });
      await answer.body?.cancel();
      return answer.ok;
    },
  };
}
