import { z } from "zod";

/**
 * A fault for the next `times` calls of an operation (after `skip` calls that pass). `status`, `hang` and `disconnect` do nothing
 * of what was asked; `act-then-status`, `act-then-hang` and `act-then-disconnect` do all of it first, and the caller does not get
 * to know:
 * - `status`: the answer is `status`, with `Retry-After: <retryAfter>` when that is given (seconds);
 * - `hang`: nothing is answered until the client gives up; meanwhile the call is among those that are held;
 * - `disconnect`: the connection breaks.
 */
export const faultRequest = z.object({
  operation: z.string(),
  kind: z.enum(["status", "hang", "disconnect", "act-then-status", "act-then-hang", "act-then-disconnect"]),
  status: z.number().int().min(400).max(599).default(500),
  retryAfter: z.number().int().min(0).optional(),
  times: z.number().int().min(1).default(1),
  skip: z.number().int().min(0).default(0),
});

/** See {@link faultRequest}. */
export type Fault = z.infer<typeof faultRequest>;

/** A call that a `hang` keeps open at this moment. */
export interface HeldCall {
  readonly operation: string;
  /** Whether what was asked has been done. */
  readonly acted: boolean;
}

/** Which operations were called how often, the faults that wait for one, and the calls held open. All of it lives as long as the process. */
export class OperationTraffic {
  readonly #calls = new Map<string, number>();
  readonly #held = new Set<HeldCall>();
  #faults: Fault[] = [];

  /** Calls per operation id since the start or the last {@link forget}, calls that met a fault included. */
  calls(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#calls].sort(([a], [b]) => a.localeCompare(b)));
  }

  /** The calls that are held open now, in the order in which they came. */
  held(): readonly HeldCall[] {
    return [...this.#held];
  }

  /** Sets every count to zero and drops the waiting faults. Calls that are held open stay so. */
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

  /** Shows the call as held until `released` resolves. */
  async hold(call: HeldCall, released: Promise<void>): Promise<void> {
    this.#held.add(call);
    await released;
    this.#held.delete(call);
  }
}
