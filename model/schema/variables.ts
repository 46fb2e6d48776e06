import { z } from "zod";
import { text } from "./field.ts";

/** Texts that are secrets by their form, with what they are. None of them may stand in a file that is committed. */
const SECRET_FORMS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, "a private key"],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/, "an AWS access key"],
  [/\bS[ACNOUX][A-Z2-7]{56}\b/, "an nkey seed"],
  [/\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*/, "a JSON Web Token"],
  [/\b(?:ghp|gho|ghs|github_pat)_\w{20,}/, "a GitHub token"],
  [/^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i, "a URL with a password"],
];

/** What is wrong with the name of a container's variable. NATS_* is kept for what Haulway itself passes to the workload. */
function wrongVariableName(name: string): string | undefined {
  if (!/^[A-Za-z_]\w*$/.test(name)) return "is not a name of an environment variable";
  return name === "NATS_URL" || /^NATS_(?:CREDS|INBOX_PREFIX)(?:_|$)/.test(name)
    ? "is a variable that Haulway sets itself"
    : undefined;
}

/** Schema of the environment variables of a workload's container. */
export const variablesSchema = z
  .record(
    text({
      description: "Name of an environment variable.",
      expected:
        "letters, digits and underscores, other than NATS_URL, NATS_CREDS, NATS_CREDS_*, NATS_INBOX_PREFIX and NATS_INBOX_PREFIX_*",
      wrong: wrongVariableName,
    }),
    text({
      description: "Value of an environment variable.",
      expected: "a text without secrets",
      sensitive: true,
      wrong: (value) => {
        const secret = SECRET_FORMS.find(([form]) => form.test(value));
        return secret === undefined ? undefined : `holds ${secret[1]}, and this file is committed to git`;
      },
    }),
  )
  .meta({
    description:
      "Environment variables of the container, in plain text. Haulway itself sets NATS_URL, NATS_CREDS, NATS_CREDS_*, NATS_INBOX_PREFIX and NATS_INBOX_PREFIX_*.",
    expected: "a map of environment variables, such as { LOG_LEVEL: info }",
  });
