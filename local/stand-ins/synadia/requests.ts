import { z } from "zod";
import type { JwtSettings } from "./state.ts";

const subjects = z.array(z.string().min(1));
const permission = z.object({ allow: subjects.optional(), deny: subjects.optional() });
const limit = z.number().int().min(-1);
const responses = z.object({ max: z.number().int(), ttl: z.number().int() });
const timeRanges = z.array(z.object({ start: z.string().optional(), end: z.string().optional() }));

/** `NatsCreateUserJwtSettings`, and the `scope` of a group. Unknown fields are ignored, as a Go server ignores them. */
const jwtSettings = z.object({
  pub: permission.optional(),
  sub: permission.optional(),
  resp: responses.optional(),
  src: z.array(z.string()).optional(),
  times: timeRanges.optional(),
  times_location: z.string().optional(),
  data: limit.optional(),
  payload: limit.optional(),
  subs: limit.optional(),
  bearer_token: z.boolean().optional(),
  allowed_connection_types: z.array(z.string()).optional(),
  tags: z.array(z.string()).optional(),
});

const permissionPatch = z
  .object({ allow: subjects.nullable().optional(), deny: subjects.nullable().optional() })
  .nullable();

/** `NatsUserJwtSettingsPatch`: what is absent stays, what is `null` goes. */
const jwtSettingsPatch = z.object({
  pub: permissionPatch.optional(),
  sub: permissionPatch.optional(),
  resp: responses.nullable().optional(),
  src: z.array(z.string()).nullable().optional(),
  times: timeRanges.nullable().optional(),
  times_location: z.string().nullable().optional(),
  data: limit.optional(),
  payload: limit.optional(),
  subs: limit.optional(),
  bearer_token: z.boolean().optional(),
  allowed_connection_types: z.array(z.string()).nullable().optional(),
  tags: z.array(z.string()).nullable().optional(),
});

const expiry = z.number().int().min(0);

/** `NatsUserCreateRequest`. */
export const userCreateRequest = z.object({
  name: z.string().min(1),
  sk_group_id: z.string().min(1),
  jwt_expires_in_secs: expiry.optional(),
  jwt_settings: jwtSettings.optional(),
});

/** `NatsUserUpdateRequest`. */
export const userUpdateRequest = z.object({
  name: z.string().min(1).optional(),
  jwt_expires_in_secs: expiry.optional(),
  jwt_settings: jwtSettingsPatch.optional(),
});

/** `NatsUserCopyRequest`. */
export const userCopyRequest = z.object({ name: z.string().min(1), sk_group_id: z.string().min(1) });

/** `NatsUserRevocationRequest`; `before` in unix seconds, 0 = now. */
export const revocationRequest = z.object({ before: z.number().int().min(0) });

/** `SigningKeyGroupCreateRequest`. */
export const groupCreateRequest = z.object({
  name: z.string().min(1),
  programmatic: z.boolean().default(false),
  scope: jwtSettings.optional(),
});

/** `SigningKeyGroupUpdateRequest`. */
export const groupUpdateRequest = z.object({
  name: z.string().min(1).optional(),
  disabled: z.boolean().optional(),
  scope: jwtSettingsPatch.optional(),
});

/** `SigningKeyUpdateRequest`. */
export const signingKeyUpdateRequest = z.object({ disabled: z.boolean().optional() });

/** The settings after a patch. Within `pub` and `sub`, `allow` and `deny` are patched one by one. */
export function patchSettings(settings: JwtSettings, patch: z.infer<typeof jwtSettingsPatch>): JwtSettings {
  const merged = merge(settings, patch);
  for (const direction of ["pub", "sub"] as const) {
    const change = patch[direction];
    if (change !== undefined && change !== null) {
      merged[direction] = merge(settings[direction] ?? {}, change);
    }
  }
  return merged;
}

function merge(current: object, patch: object): Record<string, unknown> {
  const entries = Object.entries({ ...current, ...definedOnly(patch) });
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

function definedOnly(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}
