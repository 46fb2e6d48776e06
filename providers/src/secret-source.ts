import { readFileSync } from "node:fs";
import { messageOf, ProviderError } from "./provider-error.js";

/** The name of an environment variable, as a setting such as `tokenFrom` may give it. */
export const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Reads a secret that a setting names: the variable itself, or the file named by the variable with `_FILE` appended,
 * without the newline at its end.
 *
 * @param setting where the name of the variable was written, for the message, for example `nats.synadia.tokenFrom`
 * @throws ProviderError naming setting and variables when there is no value. It never holds the value.
 */
export function readSecret(
  variable: string,
  setting: string,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const value = variables[variable];
  if (value !== undefined && value !== "") return value;
  const file = variables[`${variable}_FILE`];
  if (file === undefined || file === "") {
    throw new ProviderError(
      `${setting} names the variable ${variable}, but neither ${variable} nor ${variable}_FILE is set. ` +
        `Set ${variable}_FILE to the path of a file that holds the secret, or ${variable} to the secret.`,
    );
  }
  const content = readSecretFile(file, variable, setting).replace(/\r?\n$/, "");
  if (content === "") {
    throw new ProviderError(`${file}, the file that ${variable}_FILE names for ${setting}, is empty.`);
  }
  return content;
}

function readSecretFile(file: string, variable: string, setting: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ProviderError(
      `${file}, the file that ${variable}_FILE names for ${setting}, cannot be read: ${messageOf(error)}`,
    );
  }
}
