import { randomBytes } from "node:crypto";
import type { NatsUserView } from "../synadia/types.js";

/**
 * The tag by which Haulway finds a user that it created: names are no keys in the control plane, and a run that was
 * killed right after it created a user has nothing else to know it by.
 */
export function identityTag(environment: string, name: string): string {
  return `haulway:${environment}:${name}`;
}

/** What every owner tag begins with. */
export const OWNER_TAG_PREFIX = "haulway-owner:";

/**
 * The tag that says which resource holds the user now. When a resource is replaced, the new one adopts the user, and the
 * old one, deleted afterwards, must see that the user is no longer its own.
 */
export function ownerTag(owner: string): string {
  return `${OWNER_TAG_PREFIX}${owner}`;
}

/** A mark that no other resource has. */
export function newOwner(): string {
  return randomBytes(4).toString("hex");
}

/** Whether the user carries the tag. Libraries for NATS write tags in lower case. */
export function hasTag(user: NatsUserView, tag: string): boolean {
  return (user.jwt_settings.tags ?? []).some((candidate) => candidate.toLowerCase() === tag.toLowerCase());
}
