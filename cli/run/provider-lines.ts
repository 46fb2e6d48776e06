import { stripVTControlCharacters } from "node:util";
import { withoutSecrets } from "../secret-text.ts";

/** `rotate claims/intake/publisher: …`: what happens to which NATS user, and why. */
const aboutUser = /^[a-z]+ [a-z0-9-]+\/[a-z0-9-]+\/[a-z0-9-]+: \S/;

/**
 * The lines by which Haulway's providers tell what they are about to do to a NATS user. Everything else in an informational
 * message is passed over, because it may repeat what is secret.
 */
export function providerLines(message: string): readonly string[] {
  return stripVTControlCharacters(message)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => aboutUser.test(line))
    .map(withoutSecrets);
}
