import { CHECKPOINT } from "./crash-project.ts";
import type { ResourceEvent } from "./engine-run.ts";
import type { FaultRequest } from "./fault-place.ts";

/** The services that a run talks to. */
export type Service = "synadia" | "kubernetes" | "git";

/** In which way a call goes wrong; "done" means that the service has done what was asked. */
export type Breakage =
  | "SIGKILL when the call arrives"
  | "SIGKILL when it is done"
  | "429"
  | "500"
  | "500 when it is done"
  | "no answer when it is done"
  | "broken connection"
  | "broken connection when it is done";

/** One call of a run: the `nth` of its operation, counted from 1. */
export interface Call {
  readonly service: Service;
  readonly operation: string;
  readonly nth: number;
}

/** Where and how a run is broken. */
export type CrashPoint =
  | { readonly kind: "call"; readonly call: Call; readonly breakage: Breakage }
  | { readonly kind: "checkpoint"; readonly nth: number; readonly stored: boolean }
  | { readonly kind: "event"; readonly nth: number; readonly event: ResourceEvent };

/** One write of the checkpoint. */
export interface RecordedCheckpoint {
  /** Whether any service was called since the write before it. If none was, dying before this one is dying after that one. */
  readonly afterCalls: boolean;
}

/** What an undisturbed run did. */
export interface Recording {
  readonly calls: Readonly<Record<Service, Readonly<Record<string, number>>>>;
  readonly checkpoints: readonly RecordedCheckpoint[];
  readonly events: readonly ResourceEvent[];
}

/** What can go wrong with a call that changes nothing: whether it was done makes no difference to the next run. */
const READ_BREAKAGES: readonly Breakage[] = [
  "SIGKILL when the call arrives",
  "429",
  "500",
  "no answer when it is done",
  "broken connection",
];

const CHANGE_BREAKAGES: readonly Breakage[] = [
  "SIGKILL when the call arrives",
  "SIGKILL when it is done",
  "429",
  "500",
  "500 when it is done",
  "no answer when it is done",
  "broken connection",
  "broken connection when it is done",
];

/** For services that are asked by code of others, with their own patience. */
const DELIVERY_BREAKAGES: readonly Breakage[] = [
  "SIGKILL when the call arrives",
  "SIGKILL when it is done",
  "500",
  "broken connection when it is done",
];

/** Every way to break a run that does what was recorded, in the order of services and operations. */
export function crashPoints(recording: Recording): CrashPoint[] {
  return [
    ...callsOf(recording).flatMap((call) =>
      breakagesOf(call).map((breakage) => ({ kind: "call" as const, call, breakage })),
    ),
    ...recording.checkpoints.flatMap(({ afterCalls }, index) =>
      (afterCalls || index === 0 ? [false, true] : [true]).map((stored) => ({
        kind: "checkpoint" as const,
        nth: index + 1,
        stored,
      })),
    ),
    ...recording.events.map((event, index) => ({ kind: "event" as const, nth: index + 1, event })),
  ];
}

/**
 * Some of the points: every operation once, every breakage in turn, and checkpoints and events at a distance.
 *
 * @param turn where to begin with the breakages, so that several scenarios together meet all of them
 */
export function sampleOf(points: readonly CrashPoint[], turn: number): CrashPoint[] {
  const calls = points.filter((point) => point.kind === "call");
  const operations = [...new Set(calls.map(({ call }) => `${call.service} ${call.operation}`))];
  return [
    ...operations.flatMap((operation, index) => {
      const candidates = calls.filter(
        ({ call }) => `${call.service} ${call.operation}` === operation && call.nth === 1,
      );
      return candidates.slice((turn + index) % candidates.length).slice(0, 1);
    }),
    ...points.filter(({ kind }) => kind === "checkpoint").filter((_, index) => index % 5 === turn % 5),
    ...points.filter(({ kind }) => kind === "event").filter((_, index) => index % 5 === turn % 5),
  ];
}

/** Whether the run is killed at the point. */
export function isKill(point: CrashPoint): boolean {
  return point.kind !== "call" || point.breakage.startsWith("SIGKILL");
}

/** Whether the run spends its time waiting for an answer. */
export function isIdle(point: CrashPoint): boolean {
  return point.kind === "call" && point.breakage === "no answer when it is done";
}

/** Whether a run may do without the point: how often something is asked again depends on how fast the answer changes. */
export function isOptional(point: CrashPoint): boolean {
  return point.kind === "call" && point.call.nth > 1;
}

/** The kind of the point, as it is counted. */
export function kindOf(point: CrashPoint): string {
  switch (point.kind) {
    case "call":
      return point.breakage;
    case "checkpoint":
      return point.stored ? "SIGKILL after a checkpoint" : "SIGKILL before a checkpoint";
    case "event":
      return "SIGKILL at an event of the engine";
  }
}

/** The point, for people. */
export function describePoint(point: CrashPoint): string {
  switch (point.kind) {
    case "call":
      return `${point.call.service} ${point.call.operation} #${point.call.nth}: ${point.breakage}`;
    case "checkpoint":
      return `checkpoint #${point.nth}: SIGKILL ${point.stored ? "after" : "before"} it is written`;
    case "event": {
      const { moment, operation, type } = point.event;
      return `event #${point.nth}: SIGKILL ${moment} ${operation} of ${type}`;
    }
  }
}

/** What makes the call go wrong. */
export function faultOf({ operation, nth }: Call, breakage: Breakage): FaultRequest {
  const fault = (kind: FaultRequest["kind"], more: Partial<FaultRequest> = {}): FaultRequest => ({
    operation,
    kind,
    skip: nth - 1,
    ...more,
  });
  switch (breakage) {
    case "SIGKILL when the call arrives":
      return fault("hang");
    case "SIGKILL when it is done":
    case "no answer when it is done":
      return fault("act-then-hang");
    case "429":
      return fault("status", { status: 429, retryAfter: 1 });
    case "500":
      return fault("status", { status: 500 });
    case "500 when it is done":
      return fault("act-then-status", { status: 500 });
    case "broken connection":
      return fault("disconnect");
    case "broken connection when it is done":
      return fault("act-then-disconnect");
  }
}

/** Whether a write to the backend is one of the checkpoint. */
export function isCheckpoint(key: string): boolean {
  return key === CHECKPOINT;
}

function callsOf({ calls }: Recording): Call[] {
  return (Object.keys(calls) as Service[]).flatMap((service) =>
    Object.entries(calls[service]).flatMap(([operation, count]) =>
      numbers(count).map((nth) => ({ service, operation, nth })),
    ),
  );
}

function breakagesOf({ service, operation }: Call): readonly Breakage[] {
  switch (service) {
    case "synadia":
      return /^(?:get|list)/.test(operation) ? READ_BREAKAGES : CHANGE_BREAKAGES;
    case "kubernetes":
      return DELIVERY_BREAKAGES;
    case "git":
      return operation === "POST git-receive-pack" ? DELIVERY_BREAKAGES : DELIVERY_BREAKAGES.slice(0, 1);
  }
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
