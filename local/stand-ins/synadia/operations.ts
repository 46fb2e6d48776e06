import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import type { Fault, OperationTraffic } from "./faults.ts";

/** The context of a request to the stand-in. */
export type RequestContext = Context<{ Bindings: HttpBindings }>;

/** The application all routes are added to. */
export type Application = Hono<{ Bindings: HttpBindings }>;

/** One operation of the API: its id in Synadia's OpenAPI document, method, and path below `/api/core/beta`. */
export interface Operation {
  readonly id: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly handle: (context: RequestContext) => Response | Promise<Response>;
}

/** Adds the operations to `app`, each behind its count and its faults. */
export function addOperations(
  app: Application,
  operations: readonly Operation[],
  traffic: OperationTraffic,
): void {
  for (const operation of operations) {
    app.on(operation.method, `/api/core/beta${operation.path}`, async (context: RequestContext) => {
      const fault = traffic.begin(operation.id);
      return fault === undefined
        ? operation.handle(context)
        : failWith(fault, { operation, context, traffic });
    });
  }
}

interface FaultyCall {
  readonly operation: Operation;
  readonly context: RequestContext;
  readonly traffic: OperationTraffic;
}

async function failWith(fault: Fault, { operation, context, traffic }: FaultyCall): Promise<Response> {
  const acted = fault.kind.startsWith("act-then-");
  if (acted) {
    await answerOf(operation, context);
  }
  const { outgoing } = context.env;
  switch (fault.kind) {
    case "status":
    case "act-then-status":
      if (fault.retryAfter !== undefined) {
        context.header("Retry-After", String(fault.retryAfter));
      }
      return context.text(fault.status === 429 ? "rate limited" : "injected fault", fault.status as 500);
    case "hang":
    case "act-then-hang":
      await traffic.hold({ operation: operation.id, acted }, closed(outgoing));
      return RESPONSE_ALREADY_SENT;
    case "disconnect":
    case "act-then-disconnect":
      outgoing.destroy();
      return RESPONSE_ALREADY_SENT;
  }
}

/** What the caller would have got, a refusal included. */
async function answerOf(operation: Operation, context: RequestContext): Promise<Response> {
  try {
    return await operation.handle(context);
  } catch (error) {
    if (error instanceof HTTPException) {
      return error.getResponse();
    }
    throw error;
  }
}

function closed(outgoing: HttpBindings["outgoing"]): Promise<void> {
  return new Promise((resolve) => {
    if (outgoing.closed || outgoing.destroyed) resolve();
    else outgoing.once("close", resolve);
  });
}
