import { readFile } from "node:fs/promises";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { authenticatorOf } from "../../../local/stand-ins/synadia/key-pair.ts";
import { localEnvironmentName } from "../../../local/variables.ts";
import { loadEnvironment } from "../../../model/load.ts";

/** A client that may see everything in the account, with creds that nothing rotates. */
export interface Observer {
  readonly connection: NatsConnection;
  /** Removes its user. */
  close(): Promise<void>;
}

/**
 * Makes a user with all rights in the account of a local environment, behind Haulway's back, and connects as it.
 *
 * @param projectDir where the environment runs
 * @param variables those of the local environment
 */
export async function openObserver(projectDir: string, variables: NodeJS.ProcessEnv): Promise<Observer> {
  const { nats } = loadEnvironment(projectDir, localEnvironmentName, { variables });
  const { url: synadia, accountId } = nats.synadia ?? { url: "", accountId: "" };
  const token = (await readFile(variables["SYNADIA_TOKEN_FILE"] ?? "", "utf8")).trim();
  const call = async (method: string, path: string, body?: object): Promise<string> => {
    const response = await fetch(`${synadia}/api/core/beta${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text;
  };
  const { items } = JSON.parse(await call("GET", `/accounts/${accountId}/account-sk-groups`)) as {
    items: readonly { id: string }[];
  };
  const { id } = JSON.parse(
    await call("POST", `/accounts/${accountId}/nats-users`, { name: "observer", sk_group_id: items[0]?.id }),
  ) as { id: string };
  const creds = await call("POST", `/nats-users/${id}/creds`);
  const connection = await connect({
    servers: nats.servers,
    name: "observer",
    authenticator: authenticatorOf(creds),
  });
  return {
    connection,
    async close() {
      await connection.close();
      await call("DELETE", `/nats-users/${id}`);
    },
  };
}
