/** nkey seeds (`SU…`, `SA…`), signed tokens (three base64url parts) and Synadia's API tokens (`uat_…`, `sat_…`, `pcm_…`). */
const SECRETS = [/\bS[AUONCX][A-Z2-7]{54,}\b/g, /\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, /\b(?:uat|sat|pcm)_[\w-]+/g];

/** Longest piece of a foreign answer that goes into a message, in characters. */
const LONGEST = 300;

/**
 * Makes a foreign text fit for a message: without the given secrets and anything that looks like one, on one line, and
 * short. The control plane does not say what its error bodies hold, so they are never shown as they are.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) if (secret !== "") clean = clean.replaceAll(secret, "[redacted]");
  for (const pattern of SECRETS) clean = clean.replaceAll(pattern, "[redacted]");
  clean = clean.replaceAll(/\s+/g, " ").trim();
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean;
}
