import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Layout } from "../../../../local/layout.ts";
import { type SynadiaStandIn, startSynadiaStandIn } from "../../../../local/stand-ins/synadia/server.ts";

/** An id of the form that the API uses. */
export const ACCOUNT_ID = "2bKAVoSBsfwNDAEj5MdMaiwqj8e";
const TOKEN = "uat_test-token";

/** An answer of the API: the status and the body, as text and, where it is JSON, parsed. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: Record<string, unknown>;
  readonly headers: Headers;
}

/** A stand-in with a client. */
export interface TestSynadia extends SynadiaStandIn {
  /** A call of the API below `/api/core/beta`; rejects when the connection breaks. */
  call(
    method: string,
    path: string,
    body?: unknown,
    options?: { token?: string; signal?: AbortSignal },
  ): Promise<Answer>;
  /** A call below `/stand-in`. */
  admin(method: string, path: string, body?: unknown): Promise<Answer>;
  /** The id of the group `Default`. */
  defaultGroup(): Promise<string>;
  /** A user in the group `Default`, and its creds. */
  user(name: string, settings: object): Promise<{ id: string; publicKey: string; creds: string }>;
  creds(userId: string): Promise<string>;
  /** Waits until the account's JWT has reached nats-server. */
  synced(): Promise<void>;
}

/** Starts a stand-in for the nats-server of `paths`. */
export async function startSynadia(
  paths: Layout,
  natsUrl: string,
  pushDelayMilliseconds = 100,
): Promise<TestSynadia> {
  await mkdir(paths.synadia.directory, { recursive: true });
  await writeFile(paths.synadia.tokenFile, `${TOKEN}\n`, { mode: 0o600 });
  const standIn = await startSynadiaStandIn({
    stateFile: join(paths.synadia.directory, "state.json"),
    tokenFile: paths.synadia.tokenFile,
    accountId: ACCOUNT_ID,
    natsUrl,
    natsDirectory: paths.nats,
    pushDelayMilliseconds,
  });
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    options: { token?: string; signal?: AbortSignal } = {},
  ): Promise<Answer> => {
    const answer = await fetch(`${standIn.url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${options.token ?? TOKEN}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const text = await answer.text();
    return { status: answer.status, text, json: parsed(text), headers: answer.headers };
  };
  const call: TestSynadia["call"] = (method, path, body, options) =>
    send(method, `/api/core/beta${path}`, body, options);
  const defaultGroup = async (): Promise<string> => {
    const { json } = await call("GET", `/accounts/${ACCOUNT_ID}/account-sk-groups`);
    const groups = json["items"] as { id: string; name: string }[];
    return groups.find((group) => group.name === "Default")?.id ?? "";
  };
  const creds = async (userId: string): Promise<string> =>
    (await call("POST", `/nats-users/${userId}/creds`)).text;
  return {
    ...standIn,
    call,
    admin: (method, path, body) => send(method, `/stand-in${path}`, body),
    defaultGroup,
    creds,
    async user(name, settings) {
      const { json } = await call("POST", `/accounts/${ACCOUNT_ID}/nats-users`, {
        name,
        sk_group_id: await defaultGroup(),
        jwt_settings: settings,
      });
      const id = String(json["id"]);
      return { id, publicKey: String(json["user_public_key"]), creds: await creds(id) };
    },
    async synced() {
      for (let attempt = 0; attempt < 200; attempt += 1) {
        const { json } = await call("GET", `/accounts/${ACCOUNT_ID}`);
        if (json["jwt_sync_status"] === "Complete") {
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error("the account's JWT did not reach nats-server");
    },
  };
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
