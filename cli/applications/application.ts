import { isDeepStrictEqual } from "node:util";
import { z } from "zod";

const sourceSchema = z.record(z.string(), z.unknown());

/** What Haulway reads of an Argo CD Application (argoproj.io/v1alpha1); the rest of it is Argo CD's. */
export const applicationSchema = z.object({
  metadata: z.object({
    name: z.string(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.object({ source: sourceSchema.optional(), destination: sourceSchema.optional() }).optional(),
  status: z
    .object({
      sync: z
        .object({
          status: z.string().optional(),
          comparedTo: z.object({ source: sourceSchema.optional() }).optional(),
        })
        .optional(),
      health: z.object({ status: z.string().optional(), message: z.string().optional() }).optional(),
      operationState: z
        .object({
          phase: z.string().optional(),
          message: z.string().optional(),
          finishedAt: z.string().optional(),
        })
        .optional(),
      reconciledAt: z.string().optional(),
      conditions: z.array(z.object({ type: z.string(), message: z.string() })).optional(),
    })
    .optional(),
});

/** An Application as the API server gives it back. */
export type Application = z.output<typeof applicationSchema>;

/** The annotation by which Argo CD is asked to look at an Application now; its controller removes it when it has looked. */
export const REFRESH_ANNOTATION = "argocd.argoproj.io/refresh";

/** How an Application stands. */
export interface ApplicationStatus {
  readonly name: string;
  /** `Synced`, `OutOfSync`, or `Unknown`. */
  readonly sync: string;
  /** `Healthy`, `Progressing`, `Degraded`, `Suspended`, `Missing`, or `Unknown`. */
  readonly health: string;
  /** Why it is not Synced and Healthy, as far as Argo CD says. */
  readonly message?: string;
}

/** How an Application stands; one that does not exist yet is `Missing`. */
export function applicationStatus(name: string, application: Application | undefined): ApplicationStatus {
  if (application === undefined) {
    return { name, sync: "Unknown", health: "Missing", message: "Argo CD has not created it yet" };
  }
  const { sync, health, operationState, conditions = [] } = application.status ?? {};
  const reasons = [
    ...conditions.map(({ type, message }) => `${type}: ${message}`),
    ...(operationState?.phase === "Failed" || operationState?.phase === "Error"
      ? [operationState.message]
      : []),
    ...(health?.status === "Healthy" ? [] : [health?.message]),
  ].filter((reason) => reason !== undefined && reason !== "");
  const status = { name, sync: sync?.status ?? "Unknown", health: health?.status ?? "Unknown" };
  const message = [...new Set(reasons)].join("; ");
  return message === "" ? status : { ...status, message };
}

/** Whether an Application is what was declared, and works. */
export function isSettled({ sync, health }: ApplicationStatus): boolean {
  return sync === "Synced" && health === "Healthy";
}

/**
 * Whether the status tells of the present: the refresh that was asked for has happened, the status compares what the spec says
 * now, no synchronisation runs, and Argo CD has looked again since the last one ended.
 */
export function isCurrent(application: Application): boolean {
  const { metadata, spec, status } = application;
  if (metadata.annotations?.[REFRESH_ANNOTATION] !== undefined) return false;
  const { operationState, reconciledAt, sync } = status ?? {};
  if (operationState?.phase === "Running" || operationState?.phase === "Terminating") return false;
  const compared = sync?.comparedTo?.source;
  if (
    spec?.source !== undefined &&
    compared !== undefined &&
    !isDeepStrictEqual(withoutEmpty(spec.source), withoutEmpty(compared))
  )
    return false;
  const finishedAt = operationState?.finishedAt;
  if (finishedAt === undefined) return true;
  return reconciledAt !== undefined && Date.parse(reconciledAt) >= Date.parse(finishedAt);
}

/** Argo CD leaves out of its status what is empty or false. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value === "" || value === false ? undefined : value;
  const entries = Object.entries(value)
    .map(([key, item]) => [key, withoutEmpty(item)] as const)
    .filter(([, item]) => item !== undefined && item !== null);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
