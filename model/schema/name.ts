import type { z } from "zod";
import { NAME_PATTERN } from "../naming.ts";
import { text } from "./field.ts";

const FORM =
  "a name of lower-case letters, digits and hyphens that begins with a letter and has at most 63 characters";

/** Schema of a name, with what it names. */
export function name(description: string, example: string): z.ZodString {
  return text({ description, expected: `${FORM}, such as ${example}`, pattern: NAME_PATTERN, fixed: true });
}

/** Schema of the name of an environment variable that the platform reads a secret from. */
export function secretFrom(secret: string): z.ZodString {
  return text({
    description: `Name of the environment variable that holds ${secret}. If it is not set, the file that the variable of the same name with _FILE names is read.`,
    expected: "the name of an environment variable, such as HAULWAY_TOKEN, never the secret itself",
    fixed: true,
    sensitive: true,
    pattern: /^[A-Z_][A-Z0-9_]*$/,
  });
}
