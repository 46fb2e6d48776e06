/**
 * What is wrong with the form of a subject, as nats-server takes it: tokens separated by dots, none empty, no blanks,
 * `*` and `>` only as whole tokens, `>` only last. Undefined if nothing is.
 */
export function wrongSubject(subject: string): string | undefined {
  if (subject === "") return "is empty";
  if (/[\s\p{C}]/u.test(subject)) return "has a blank or a control character";
  const tokens = subject.split(".");
  if (tokens.includes("")) return "has an empty token";
  if (tokens.some((token) => token.length > 1 && /[*>]/.test(token))) {
    return "has a wildcard that is not a whole token";
  }
  if (tokens.slice(0, -1).includes(">")) return "has the wildcard > before the last token";
  return undefined;
}

/** Whether a subject, which may have wildcards, names inboxes: what answers to requests arrive on. */
export function isInbox(subject: string): boolean {
  return subject.startsWith("_INBOX.") || subject === "_INBOX";
}
