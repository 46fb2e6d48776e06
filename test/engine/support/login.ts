import { connect } from "@nats-io/transport-node";
import { authenticatorOf } from "../../../local/stand-ins/synadia/key-pair.ts";

/**
 * Whether a nats-server takes the text of a creds file.
 * @throws Error when something else than the creds is wrong
 */
export async function connects(servers: string, creds: string): Promise<boolean> {
  try {
    const connection = await connect({ servers, reconnect: false, authenticator: authenticatorOf(creds) });
    await connection.close();
    return true;
  } catch (error) {
    if (error instanceof Error && /authorization violation/i.test(error.message)) return false;
    throw error;
  }
}
