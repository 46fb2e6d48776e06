import type { Fault, HeldCall, OperationTraffic } from "../../../../local/stand-ins/synadia/faults.ts";

/** A fault, with the stand-in's defaults where nothing is said. */
export type FaultRequest = Partial<Fault> & Pick<Fault, "operation" | "kind">;

/** A service whose calls are counted and can be made to fail. */
export interface FaultPlace {
  /** Calls by operation since the start or {@link forget}. */
  calls(): Promise<Readonly<Record<string, number>>>;
  /** The calls that are kept waiting now. */
  held(): Promise<readonly HeldCall[]>;
  /** Sets the counts to zero and drops faults that nothing has met. */
  forget(): Promise<void>;
  inject(fault: FaultRequest): Promise<void>;
}

/** The place of calls that this process counts itself. */
export function placeOf(traffic: OperationTraffic): FaultPlace {
  return {
    calls: () => Promise.resolve(traffic.calls()),
    held: () => Promise.resolve(traffic.held()),
    forget: () => Promise.resolve(traffic.forget()),
    inject: (fault) => Promise.resolve(traffic.inject({ status: 500, times: 1, skip: 0, ...fault })),
  };
}

/** The place of calls that the stand-in of Synadia counts. */
export function standInPlace(url: string, token: string): FaultPlace {
  const send = async (method: string, path: string, body?: object): Promise<string> => {
    const response = await fetch(`${url}/stand-in/${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} /stand-in/${path}: ${response.status} ${text}`);
    return text;
  };
  return {
    calls: async () => JSON.parse(await send("GET", "calls")) as Record<string, number>,
    held: async () => JSON.parse(await send("GET", "held")) as HeldCall[],
    forget: async () => void (await send("DELETE", "calls")),
    inject: async (fault) => void (await send("POST", "faults", fault)),
  };
}
