import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context, Hono } from "hono";
import { z } from "zod";

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

/**
 * A fault for the next `times` calls of an operation (after `skip` calls that pass):
 * - `status`: nothing is done, the answer is `status`;
 * - `hang`: nothing is done and nothing answered until the client gives up;
 * - `disconnect`: nothing is done, the connection breaks;
 * - `act-then-disconnect`: everything is done, and the connection breaks before the answer.
 */
export const faultRequest = z.object({
  operation: z.string(),
  kind: z.enum(["status", "hang", "disconnect", "act-then-disconnect"]),
  status: z.number().int().min(400).max(599).default(500),
  times: z.number().int().min(1).default(1),
  skip: z.number().int().min(0).default(0),
});

/** See {@link faultRequest}. */
export type Fault = z.infer<typeof faultRequest>;

/** Which operations were called how often, and the faults that wait for one. Both live as long as the process. */
export class OperationTraffic {
  readonly #calls = new Map<string, number>();
  #faults: Fault[] = [];

  /** Calls per operation id since the start or the last {@link forget}, calls that met a fault included. */
  calls(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#calls].sort(([a], [b]) => a.localeCompare(b)));
  }

  /** Sets every count to zero and drops the waiting faults. */
  forget(): void {
    this.#calls.clear();
    this.#faults = [];
  }

  inject(fault: Fault): void {
    this.#faults.push({ ...fault });
  }

  /** Counts a call and takes the fault it meets, if any. */
  begin(operation: string): Fault | undefined {
    this.#calls.set(operation, (this.#calls.get(operation) ?? 0) + 1);
    const fault = this.#faults.find((candidate) => candidate.operation === operation);
    if (fault === undefined) {
      return undefined;
    }
    if (fault.skip > 0) {
      fault.skip -= 1;
      return undefined;
    }
    fault.times -= 1;
    this.#faults = this.#faults.filter((candidate) => candidate.times > 0);
    return fault;
  }
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
      return fault === undefined ? operation.handle(context) : failWith(fault, operation, context);
    });
  }
}

async function failWith(fault: Fault, operation: Operation, context: RequestContext): Promise<Response> {
  switch (fault.kind) {
    case "status":
      return context.text(fault.status === 429 ? "rate limited" : "injected fault", fault.status as 500);
    case "hang":
      await new Promise((resolve) => context.env.outgoing.once("close", resolve));
      return RESPONSE_ALREADY_SENT;
    case "act-then-disconnect":
      await operation.handle(context);
      context.env.outgoing.destroy();
      return RESPONSE_ALREADY_SENT;
    case "disconnect":
      context.env.outgoing.destroy();
      return RESPONSE_ALREADY_SENT;
  }
}
