import type { UserDeclaration } from "./issuer.js";

/** Rights as NATS writes them into a user's JWT. No list allows everything, so "nothing" is said by a denial of `>`. */
export interface NatsPermissions {
  readonly pub: SubjectRights;
  readonly sub: SubjectRights;
  /** How many answers the user may publish to a request, and for how many nanoseconds. Absent: none. */
  readonly resp?: { readonly max: number; readonly ttl: number };
}

/** Subjects that are allowed, or those that are denied. */
export interface SubjectRights {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
}

/** One answer within a minute. */
const ONE_ANSWER = { max: 1, ttl: 60_000_000_000 } as const;

/** The rights of a declared user, in one form only: sorted and without repetition. */
export function natsPermissions(
  declaration: Pick<UserDeclaration, "publish" | "subscribe" | "respond" | "inbox">,
): NatsPermissions {
  const { publish, subscribe, respond, inbox } = declaration;
  return {
    pub: rights(publish),
    sub: rights(inbox === "" ? subscribe : [...subscribe, `${inbox}.>`]),
    ...(respond ? { resp: ONE_ANSWER } : {}),
  };
}

function rights(subjects: readonly string[]): SubjectRights {
  return subjects.length === 0 ? { deny: [">"] } : { allow: [...new Set(subjects)].sort() };
}
