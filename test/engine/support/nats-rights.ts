import { connect, credsAuthenticator, type NatsConnection } from "@nats-io/transport-node";

/** Subjects to use with creds. */
export interface Rights {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** Connects to a nats-server with the text of a creds file; rejects if the server refuses it. */
export function loginAt(url: string, creds: string): Promise<NatsConnection> {
  return connect({
    servers: url,
    authenticator: credsAuthenticator(new TextEncoder().encode(creds)),
    reconnect: false,
  });
}

/** Tries one subject each way with the creds; resolves to what the server refused. */
export async function refusedAt(
  url: string,
  creds: string,
  { publish, subscribe }: Rights,
): Promise<string[]> {
  const connection = await loginAt(url, creds);
  const refused: string[] = [];
  const watching = (async () => {
    for await (const { type, error } of connection.status() as AsyncIterable<{
      type: string;
      error?: Error;
    }>) {
      if (type === "error" && error !== undefined) refused.push(error.message);
    }
  })();
  for (const subject of subscribe) connection.subscribe(subject, { callback: () => undefined });
  for (const subject of publish) connection.publish(subject);
  await connection.flush();
  await connection.close();
  await watching;
  return refused;
}
