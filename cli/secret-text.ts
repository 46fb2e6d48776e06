/**
 * What is recognised as a secret by its form: seeds of nkeys (`SU…`, `SA…`), signed tokens (a JWT), the API tokens of Synadia,
 * private keys in PEM, and access keys of AWS and GitHub.
 */
const forms = [
  /\bS[AUONCX][A-Z2-7]{54,}/g,
  /\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]+)?/g,
  /\b(?:uat|sat|pcm)_[\w-]+/g,
  /-----BEGIN [A-Z ]*(?:KEY|SEED|JWT)[A-Z ]*-----/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /\b(?:gh[opsu]_|github_pat_)\w+/g,
];

/** Whether a text holds something that looks like a secret. */
export function holdsSecret(text: string): boolean {
  return withoutSecrets(text) !== text;
}

/** The text with `[redacted]` in the place of whatever looks like a secret. */
export function withoutSecrets(text: string): string {
  return forms.reduce((rest, form) => rest.replaceAll(form, "[redacted]"), text);
}
