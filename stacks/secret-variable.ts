import { readFileSync } from "node:fs";
import { UserError } from "../model/user-error.ts";

/**
 * The secret that an input file names by an environment variable: the value of `<name>`, or the content of the file that
 * `<name>_FILE` names, without a newline at its end.
 *
 * @throws UserError if neither is set, or the file cannot be read or is empty
 */
export function readSecretVariable(
  name: string,
  variables: Readonly<Record<string, string | undefined>>,
): string {
  const value = variables[name];
  if (value !== undefined && value !== "") return value;
  const file = variables[`${name}_FILE`];
  if (file === undefined || file === "") {
    throw new UserError(
      `The environment variable ${name} is not set. Set it, or set ${name}_FILE to the path of a file that holds the secret.`,
    );
  }
  const secret = readSecretFile(name, file).replace(/\r?\n$/, "");
  if (secret === "") throw new UserError(`${name}_FILE names a file that is empty: ${file}.`);
  return secret;
}

function readSecretFile(name: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${name}_FILE names a file that cannot be read: ${reason}.`);
  }
}
