import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { InvalidInputError } from "../../../../model/user-error.ts";

/** The root of this repository. */
export const REPOSITORY = fileURLToPath(new URL("../../../..", import.meta.url));

/** Files by path, relative to the project directory. */
export type ProjectFiles = Readonly<Record<string, string | Uint8Array>>;

/** The text of a file below test/fixtures. */
export function fixture(path: string): string {
  return readFileSync(join(REPOSITORY, "test/fixtures", path), "utf8");
}

/** A valid environment, dev, whose workload clusters are workload-a { tier: general } and workload-b { tier: general, zone: edge }. */
export const DEV = fixture("environments/valid/dev.yaml");

/** A valid team, claims, with the system claims and its workload intake. */
export const CLAIMS = fixture("teams/valid/claims.yaml");

/** A project directory with these files, gone when the test is. */
export function projectDirectory(files: ProjectFiles): string {
  const directory = mkdtempSync(join(tmpdir(), "haulway-model-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  return directory;
}

/** The error that loading throws. */
export function invalidInput(load: () => unknown): InvalidInputError {
  try {
    load();
  } catch (error) {
    if (error instanceof InvalidInputError) return error;
    throw error;
  }
  throw new Error("expected the input to be refused, but it was accepted");
}

/** A text with one piece replaced, which must be in it. */
export function edited(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the text has no ${JSON.stringify(from)}`);
  return text.replace(from, () => to);
}
