import type { NatsUserInputs, NatsUserOutputs } from "./properties.js";

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
] as const;

/** Seconds in the largest unit that divides them: `90d`, `24h`, `90s`. */
export function durationText(seconds: number): string {
  for (const [unit, length] of UNITS) {
    if (seconds !== 0 && seconds % length === 0) return `${seconds / length}${unit}`;
  }
  return `${seconds}s`;
}

/** The day, in UTC: `2026-11-01`. */
export function dayText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

/** The second, in UTC: `2026-11-01T12:00:00Z`. */
export function instantText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

/** What was given (`+`) and taken (`-`) between two declarations; empty when they mean the same. */
export function permissionChanges(before: Rights, after: Rights): string[] {
  return (["publish", "subscribe"] as const)
    .flatMap((right) => {
      const had = subjectsOf(before, right);
      const has = subjectsOf(after, right);
      return [
        ...sortedSet(has.filter((subject) => !had.includes(subject))).map(
          (subject) => `+${right} ${subject}`,
        ),
        ...sortedSet(had.filter((subject) => !has.includes(subject))).map(
          (subject) => `-${right} ${subject}`,
        ),
      ];
    })
    .concat(before.respond === after.respond ? [] : [after.respond ? "+respond" : "-respond"]);
}

type Rights = Pick<NatsUserOutputs, "publish" | "subscribe" | "respond" | "inbox">;

function subjectsOf(rights: Rights, right: "publish" | "subscribe"): readonly string[] {
  return right === "publish" || rights.inbox === ""
    ? rights[right]
    : [...rights.subscribe, `${rights.inbox}.>`];
}

function sortedSet(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

/** The line by which a preview announces new credentials. */
export function announcement(news: Pick<NatsUserInputs, "user" | "consumers">, reason: string): string {
  const rolled = news.consumers.length === 0 ? "nothing" : news.consumers.join(", ");
  return `rotate ${news.user}: ${reason}; rolls ${rolled}`;
}
