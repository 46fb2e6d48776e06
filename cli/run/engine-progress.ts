import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { type Changes, countChanges, noChanges } from "./changes.ts";
import type { Diagnostic } from "./diagnostics.ts";
import { providerLines } from "./provider-lines.ts";
import { describeResource } from "./urn.ts";

/** What the engine's events say so far about one stack's run. */
export interface EngineProgress {
  /** The resource being worked on, or what is waited for: `creating Namespace claims`. Empty before the first. */
  readonly current: string;
  /** How many resources the engine is done with. */
  readonly done: number;
  /** Set by the engine's closing summary. */
  readonly changes: Changes;
  /** Whether the closing summary has come. */
  readonly summarized: boolean;
  readonly errors: readonly Diagnostic[];
  /** What an earlier run was doing when it was killed: `creating Namespace claims`. The engine does not know how it ended. */
  readonly interrupted: readonly string[];
  /** What the providers told about NATS users, each line once: `rotate claims/intake/publisher: …`. */
  readonly information: readonly string[];
}

/** Before the first event. */
export const engineStart: EngineProgress = {
  current: "",
  done: 0,
  changes: noChanges,
  summarized: false,
  errors: [],
  interrupted: [],
  information: [],
};

const doing: Readonly<Record<string, string>> = {
  create: "creating",
  update: "updating",
  delete: "deleting",
  replace: "replacing",
  "create-replacement": "replacing",
  "delete-replaced": "deleting the old",
  import: "importing",
  read: "reading",
  refresh: "refreshing",
};

const pendingOperation = /^\s*\* (?<urn>urn:pulumi:\S+), interrupted while (?<verb>\w+)/gm;

/**
 * The progress after one more event. Debug messages are passed over, and so are informational ones that are not about a NATS
 * user: they may repeat what is secret. What the policy pack only advises is the same on every run, and stays for `pulumi preview`.
 */
export function advance(progress: EngineProgress, event: EngineEvent): EngineProgress {
  const { diagnosticEvent, policyEvent, resourcePreEvent, resOutputsEvent, resOpFailedEvent, summaryEvent } =
    event;
  if (diagnosticEvent?.severity === "error") return withError(progress, diagnosticEvent);
  if (policyEvent !== undefined) {
    if (policyEvent.enforcementLevel !== "mandatory") return progress;
    return withError(progress, { urn: policyEvent.resourceUrn, message: policyEvent.message });
  }
  if (diagnosticEvent?.severity === "warning") {
    const operations = [...diagnosticEvent.message.matchAll(pendingOperation)];
    if (operations.length === 0) return progress;
    const described = operations.map(
      ({ groups }) => `${groups?.["verb"]} ${describeResource(groups?.["urn"] ?? "")}`,
    );
    return { ...progress, interrupted: [...new Set([...progress.interrupted, ...described])] };
  }
  if (diagnosticEvent?.severity === "info") {
    const lines = providerLines(diagnosticEvent.message);
    const current = lines.progress.at(-1) ?? progress.current;
    if (lines.information.length === 0) return { ...progress, current };
    return {
      ...progress,
      current,
      information: [...new Set([...progress.information, ...lines.information])],
    };
  }
  if (resourcePreEvent !== undefined) {
    const { op, urn } = resourcePreEvent.metadata;
    const verb = doing[op];
    return verb === undefined ? progress : { ...progress, current: `${verb} ${describeResource(urn)}` };
  }
  if (resOutputsEvent !== undefined || resOpFailedEvent !== undefined) {
    return { ...progress, done: progress.done + 1 };
  }
  if (summaryEvent !== undefined) {
    return { ...progress, summarized: true, changes: countChanges(summaryEvent.resourceChanges) };
  }
  return progress;
}

function withError(
  progress: EngineProgress,
  { urn, message }: { readonly urn?: string | undefined; readonly message: string },
): EngineProgress {
  const error = urn === undefined || urn === "" ? { message } : { urn, message };
  return { ...progress, errors: [...progress.errors, error] };
}

/** One line for the task list: `creating Namespace claims, 14 done`; empty before the first resource. */
export function describeProgress({ current, done }: EngineProgress): string {
  return [current, done > 0 ? `${done} done` : ""].filter((part) => part !== "").join(", ");
}
