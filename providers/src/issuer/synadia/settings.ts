import type { JwtSettings } from "../../synadia/types.js";
import type { UserDeclaration } from "../issuer.js";
import { natsPermissions } from "../permissions.js";
import { type Settings, settingsDifferences } from "../settings.js";

/** The part of a declaration that the settings of the API say. */
export type Rights = Pick<UserDeclaration, "publish" | "subscribe" | "respond" | "inbox">;

/** Settings of the API that Haulway leaves at "no limit", and how a change says so. */
const UNLIMITED = { data: -1, payload: -1, subs: -1, bearer_token: false } as const;

/** Settings of the API that Haulway does not use, and how a change clears them. */
const CLEARED = { src: null, times: null, times_location: null, allowed_connection_types: null } as const;

/** The settings a new user is created with. */
export function settingsToCreate(rights: Rights, tags: readonly string[]): JwtSettings {
  return { ...natsPermissions(rights), ...UNLIMITED, tags };
}

/**
 * The settings that an existing user is changed to. Every field is named, because the API leaves alone what a change does
 * not mention: a right that was taken away must be cleared with `null`.
 */
export function settingsToChange(rights: Rights, tags: readonly string[]): JwtSettings {
  const { pub, sub, resp = null } = natsPermissions(rights);
  return {
    pub: { allow: null, deny: null, ...pub },
    sub: { allow: null, deny: null, ...sub },
    resp,
    ...UNLIMITED,
    ...CLEARED,
    tags,
  };
}

/** The one form of settings that the API showed or that were sent to it. Tags are left out: they grant nothing. */
export function normalizeSettings(settings: JwtSettings): Settings {
  const normal: Record<string, string | number | boolean | readonly string[]> = {};
  for (const [name, value] of flatten(settings)) {
    if (Array.isArray(value)) {
      if (value.length > 0) normal[name] = [...new Set(value.map(asText))].sort();
    } else if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      if (value !== "" && value !== -1 && value !== false) normal[name] = value;
    }
  }
  return normal;
}

/** The one form of what is declared. */
export function declaredSettings(rights: Rights): Settings {
  return normalizeSettings(settingsToCreate(rights, []));
}

/** Names of the settings that give rights and are not as declared, sorted. */
export function undeclaredRights(settings: Settings, rights: Rights): string[] {
  return settingsDifferences(settings, declaredSettings(rights)).filter((name) =>
    /^(pub|sub|resp)\./.test(name),
  );
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
