import { randomBytes } from "node:crypto";

/**
 * What a user is declared as, which it stays when it is lost and made again. At Synadia it is also the tag by which
 * Haulway finds a user that it created: names are no keys there, and a run that was killed right after it created a user
 * has nothing else to know it by.
 */
export function identityTag(environment: string, name: string): string {
  return `haulway:${environment}:${name}`;
}

/** A mark that no other resource has. */
export function newOwner(): string {
  return randomBytes(4).toString("hex");
}
