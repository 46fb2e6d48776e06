import { HTTPException } from "hono/http-exception";
import type { z } from "zod";
import type { AccountPusher } from "./account-pusher.ts";
import type { RequestContext } from "./operations.ts";
import type { AccountRecord, GroupRecord, UserRecord } from "./state.ts";
import type { StateStore } from "./state-store.ts";
import type { Surroundings } from "./views.ts";

/** What every operation works on. */
export interface ControlPlane {
  readonly store: StateStore;
  readonly pusher: AccountPusher;
  readonly surroundings: Surroundings;
  /** The control plane's clock, by which it signs and revokes: unix seconds, whole. */
  readonly now: () => number;
}

/** The answer that everything unknown gets: the API declares no body for it. */
export function notFound(): HTTPException {
  return new HTTPException(404, { message: "not found" });
}

/** The answer to a request that the API cannot accept; clients may show the text and must not read it. */
export function badRequest(message: string): HTTPException {
  return new HTTPException(400, { message });
}

/** The parsed body. @throws HTTPException 400 when it is not JSON or not what the operation takes. */
export async function body<T extends z.ZodType>(context: RequestContext, schema: T): Promise<z.infer<T>> {
  let raw: unknown;
  try {
    raw = await context.req.json();
  } catch {
    throw badRequest("invalid request body");
  }
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw badRequest(`invalid request body: ${fields.join("; ")}`);
  }
  return parsed.data;
}

/** The value of a path parameter. */
export function parameter(context: RequestContext, name: string): string {
  return context.req.param(name) ?? "";
}

/** The account named in the path. @throws HTTPException 404 */
export function findAccount({ store }: ControlPlane, context: RequestContext): AccountRecord {
  const id = parameter(context, "accountId");
  const account = store.state.accounts.find((candidate) => candidate.id === id);
  if (account === undefined) {
    throw notFound();
  }
  return account;
}

/** The group named in the path, and its account. @throws HTTPException 404 */
export function findGroup(
  { store }: ControlPlane,
  context: RequestContext,
): { account: AccountRecord; group: GroupRecord } {
  const id = parameter(context, "groupId");
  for (const account of store.state.accounts) {
    const group = account.groups.find((candidate) => candidate.id === id);
    if (group !== undefined) {
      return { account, group };
    }
  }
  throw notFound();
}

/** The user named in the path, and its account. @throws HTTPException 404 */
export function findUser(
  { store }: ControlPlane,
  context: RequestContext,
): { account: AccountRecord; user: UserRecord } {
  const id = parameter(context, "userId");
  for (const account of store.state.accounts) {
    const user = account.users.find((candidate) => candidate.id === id);
    if (user !== undefined) {
      return { account, user };
    }
  }
  throw notFound();
}
