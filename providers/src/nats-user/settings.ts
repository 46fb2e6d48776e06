import type { JwtSettings, SubjectPermission } from "../synadia/types.js";

/**
 * Rights and limits in one form only: sorted lists without repetition, and nothing that says "none" or "no limit". Two
 * settings mean the same exactly when these are equal.
 */
export type Settings = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** The rights of a user, in the words of the declaration. */
export interface Permissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** Settings of the API that Haulway leaves at "no limit", and how a change says so. */
const UNLIMITED = { data: -1, payload: -1, subs: -1, bearer_token: false } as const;

/** Settings of the API that Haulway does not use, and how a change clears them. */
const CLEARED = {
  resp: null,
  src: null,
  times: null,
  times_location: null,
  allowed_connection_types: null,
} as const;

/** The settings a new user is created with. */
export function settingsToCreate(permissions: Permissions, tags: readonly string[]): JwtSettings {
  return {
    pub: permission(permissions.publish),
    sub: permission(permissions.subscribe),
    ...UNLIMITED,
    tags,
  };
}

/**
 * The settings that an existing user is changed to. Every field is named, because the API leaves alone what a change does
 * not mention: a right that was taken away must be cleared with `null`.
 */
export function settingsToChange(permissions: Permissions, tags: readonly string[]): JwtSettings {
  return {
    pub: { allow: null, deny: null, ...permission(permissions.publish) },
    sub: { allow: null, deny: null, ...permission(permissions.subscribe) },
    ...UNLIMITED,
    ...CLEARED,
    tags,
  };
}

/** To nats-server an empty list of allowed subjects means all of them, so "none" has to be said by a denial. */
function permission(subjects: readonly string[]): SubjectPermission {
  return subjects.length === 0 ? { deny: [">"] } : { allow: sortedSet(subjects) };
}

/** The one form of settings that the API showed or that were sent to it. Tags are left out: they grant nothing. */
export function normalizeSettings(settings: JwtSettings): Settings {
  const normal: Record<string, string | number | boolean | readonly string[]> = {};
  for (const [name, value] of flatten(settings)) {
    if (Array.isArray(value)) {
      if (value.length > 0) normal[name] = sortedSet(value.map(asText));
    } else if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      if (value !== "" && value !== -1 && value !== false) normal[name] = value;
    }
  }
  return normal;
}

/** The one form of what is declared. */
export function declaredSettings(permissions: Permissions): Settings {
  return normalizeSettings(settingsToCreate(permissions, []));
}

/** Names of the settings in which the two differ, sorted. */
export function settingsDifferences(a: Settings, b: Settings): string[] {
  const names = sortedSet([...Object.keys(a), ...Object.keys(b)]);
  return names.filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name]));
}

/** What was given (`+`) and taken (`-`) between two declarations; empty when they mean the same. */
export function permissionChanges(before: Permissions, after: Permissions): string[] {
  return (["publish", "subscribe"] as const).flatMap((right) => {
    const removed = before[right].filter((subject) => !after[right].includes(subject));
    const added = after[right].filter((subject) => !before[right].includes(subject));
    return [
      ...sortedSet(added).map((subject) => `+${right} ${subject}`),
      ...sortedSet(removed).map((subject) => `-${right} ${subject}`),
    ];
  });
}

function flatten(settings: JwtSettings): [string, unknown][] {
  const { pub, sub, resp, tags: _tags, ...rest } = settings;
  return [
    ["pub.allow", pub?.allow],
    ["pub.deny", pub?.deny],
    ["sub.allow", sub?.allow],
    ["sub.deny", sub?.deny],
    ["resp.max", resp?.max],
    ["resp.ttl", resp?.ttl],
    ...Object.entries(rest),
  ];
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function sortedSet(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
