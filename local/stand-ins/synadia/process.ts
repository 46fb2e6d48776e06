import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../../model/user-error.ts";
import type { Layout } from "../../layout.ts";
import type { Ports } from "../../ports.ts";
import type { ProcessSpec } from "../../processes/process-spec.ts";
import { typescriptProgram } from "../typescript-program.ts";

/** What the process is made from. */
export interface SynadiaStandInProcessOptions {
  readonly layout: Layout;
  readonly ports: Ports;
  readonly environment: {
    readonly name: string;
    readonly nats: { readonly synadia?: { readonly accountId: string } };
  };
}

/**
 * The stand-in of Synadia Cloud on 127.0.0.1, at the port named `synadia`. It makes `.local/synadia/token` when that is missing, and
 * keeps its state in `.local/synadia/state.json`. Ready when it answers with that token.
 *
 * @throws UserError if the environment has its users issued by somebody else
 */
export function synadiaStandIn({ layout, ports, environment }: SynadiaStandInProcessOptions): ProcessSpec {
  const { synadia } = environment.nats;
  if (synadia === undefined) {
    throw new UserError(
      `environments/${environment.name}.yaml has no nats.synadia, which the stand-in of Synadia Cloud needs.`,
    );
  }
  const port = ports("synadia");
  return {
    name: "stand-in-synadia",
    ...typescriptProgram(new URL("./main.ts", import.meta.url), [
      "--port",
      String(port),
      "--state-file",
      join(layout.synadia.directory, "state.json"),
      "--token-file",
      layout.synadia.tokenFile,
      "--account-id",
      synadia.accountId,
      "--environment",
      environment.name,
      "--nats-url",
      `nats://127.0.0.1:${ports("nats")}`,
      "--nats-directory",
      layout.nats,
    ]),
    env: { HAULWAY_LOCAL_DIR: layout.root },
    port,
    ready: async (signal) => {
      const token = (await readFile(layout.synadia.tokenFile, "utf8")).trim();
      const answer = await fetch(`http://127.0.0.1:${port}/api/core/beta/version`, {
        headers: { Authorization: `Bearer ${token}` },
        signal,
      });
      return answer.ok;
    },
  };
}
