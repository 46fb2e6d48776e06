import type { NatsUserView } from "../../synadia/types.js";

/** What every owner tag begins with. */
const OWNER_TAG_PREFIX = "haulway-owner:";

/**
 * The tag that says which resource holds the user now. When a resource is replaced, the new one adopts the user, and the
 * old one, deleted afterwards, must see that the user is no longer its own.
 */
export function ownerTag(owner: string): string {
  return `${OWNER_TAG_PREFIX}${owner}`;
}

/** Whether the user carries the tag. Libraries for NATS write tags in lower case. */
export function hasTag(user: NatsUserView, tag: string): boolean {
  return (user.jwt_settings.tags ?? []).some((candidate) => candidate.toLowerCase() === tag.toLowerCase());
}

/** Whether the user carries the mark of a resource, and not of this one. */
export function isOwnedByAnother(user: NatsUserView, owner: string): boolean {
  const owned = (user.jwt_settings.tags ?? []).some((tag) => tag.toLowerCase().startsWith(OWNER_TAG_PREFIX));
  return owned && !hasTag(user, ownerTag(owner));
}

/** The tags that somebody else gave the user. */
export function foreignTags(user: NatsUserView): string[] {
  return (user.jwt_settings.tags ?? []).filter((tag) => !/^haulway(-owner)?:/i.test(tag));
}
