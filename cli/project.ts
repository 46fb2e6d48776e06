import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { UserError } from "../model/user-error.ts";

/** Name of the Pulumi project, as in Pulumi.yaml. */
const projectName = "haulway";

/**
 * The project's directory: the nearest one upward that has a Pulumi.yaml of project `haulway`.
 *
 * @param start absolute path of the directory to begin with, as a rule the working directory.
 * @throws UserError if there is none.
 */
export function findProject(start: string): string {
  for (let directory = start; ; directory = dirname(directory)) {
    if (nameOf(join(directory, "Pulumi.yaml")) === projectName) return directory;
    if (dirname(directory) === directory) break;
  }
  throw new UserError(
    `${start} is not inside a Haulway project: neither it nor a directory above has a Pulumi.yaml with "name: ${projectName}". ` +
      "Change to the directory of the project and try again.",
  );
}

function nameOf(file: string): unknown {
  try {
    const document: unknown = parse(readFileSync(file, "utf8"));
    return typeof document === "object" && document !== null && "name" in document
      ? document.name
      : undefined;
  } catch {
    return undefined;
  }
}
