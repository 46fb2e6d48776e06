import { stripVTControlCharacters } from "node:util";
import { withoutSecrets } from "../secret-text.ts";

/** What a provider of Haulway's printed. */
export interface ProviderLines {
  /** What it is about to do to a NATS user, or has done: `rotate claims/intake/publisher: …`. */
  readonly information: readonly string[];
  /** What it is waiting for, the newest last: `waiting for roll-outs (15 of at most 300 s): …`. */
  readonly progress: readonly string[];
}

const aboutUser = /^[a-z]+ [a-z0-9-]+\/[a-z0-9-]+\/[a-z0-9-]+: \S/;
const aboutWaiting = /^retire: (?<text>\S.*)$/;

/**
 * The lines by which Haulway's providers tell of NATS users. Everything else in an informational message is passed over, because
 * it may repeat what is secret.
 */
export function providerLines(message: string): ProviderLines {
  const lines = stripVTControlCharacters(message)
    .split("\n")
    .map((line) => withoutSecrets(line.trim()));
  return {
    information: lines.filter((line) => aboutUser.test(line)),
    progress: lines.flatMap((line) => aboutWaiting.exec(line)?.groups?.["text"] ?? []),
  };
}
