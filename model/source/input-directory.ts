import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Problem } from "../user-error.ts";
import { decodeUtf8, problemAt, WHOLE_FILE } from "./source-file.ts";

/** A file as it lies in the project. */
export interface SourceText {
  /** Path relative to the project directory, with forward slashes. */
  readonly file: string;
  /** The file's name without its ending. */
  readonly name: string;
  readonly text: string;
}

/** What was found in a directory of input files. */
export interface DirectoryListing {
  /** Names of the files that are read, sorted. */
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

const ENDING = /\.ya?ml$/;

/** The name that a file gives to what it describes. */
export function nameOfFile(file: string): string {
  return file.replace(/^.*\//, "").replace(ENDING, "");
}

/**
 * Lists the YAML files of a directory of the project. A directory that does not exist is empty. What looks like an input but would
 * not be read is a problem: a file that silently stops counting means that what it describes is torn down.
 */
export function listInputs(projectDir: string, directory: string): DirectoryListing {
  const problems: Problem[] = [];
  const report = (file: string, problem: string, expected: string) =>
    problems.push(problemAt(file, WHOLE_FILE, [], problem, expected));
  let entries: readonly { readonly name: string; isDirectory(): boolean }[];
  try {
    entries = readdirSync(join(projectDir, directory), { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) !== "ENOENT") {
      report(directory, `cannot be read (${codeOf(error)})`, "a directory that you may read");
    }
    return { files: [], problems };
  }
  const files: string[] = [];
  const seen = new Map<string, string>();
  const visible = entries.filter(({ name }) => !name.startsWith("."));
  for (const entry of visible.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) {
      report(path, "is a directory, whose files are not read", `all files directly in ${directory}`);
    } else if (ENDING.test(entry.name)) {
      const twin = seen.get(nameOfFile(entry.name));
      if (twin === undefined) files.push(entry.name);
      else report(path, `has the name of ${directory}/${twin}`, "one of the two files");
      seen.set(nameOfFile(entry.name), entry.name);
    } else if (/\.ya?ml\b/i.test(entry.name)) {
      report(path, "is not read because of its name", "a name that ends in .yaml, or begins with a dot");
    }
  }
  return { files, problems };
}

/**
 * The text of a file of the project, or what keeps it from being read.
 *
 * @param file path relative to the project directory, or an absolute one
 */
export function readInput(projectDir: string, file: string): SourceText | Problem {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(resolve(projectDir, file));
  } catch (error) {
    return problemAt(file, WHOLE_FILE, [], `cannot be read (${codeOf(error)})`, "a file that you may read");
  }
  const text = decodeUtf8(file, bytes);
  return typeof text === "string" ? { file, name: nameOfFile(file), text } : text;
}

function codeOf(error: unknown): string {
  if (error instanceof Error) return (error as NodeJS.ErrnoException).code ?? error.message;
  return String(error);
}
