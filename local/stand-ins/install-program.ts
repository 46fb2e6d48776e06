import { readFileIfPresent, writeFileAtomically } from "../atomic-file.ts";

/** An executable made of a bundled program. */
export interface InstalledProgram {
  /** Path of the executable. */
  readonly launcher: string;
  /** Path of the program beside it. */
  readonly program: string;
  /** Makes the program's text. */
  readonly content: () => Promise<string>;
  /** What the text follows from: it is made again only when this has changed. */
  readonly key: string;
  /** Environment variables that the launcher sets. @default none */
  readonly variables?: Readonly<Record<string, string>>;
}

/**
 * Writes the program and a shell script that runs it on this Node, whichever Node is first on PATH later. Files that are as they
 * should be are not touched.
 */
export async function installProgram(installed: InstalledProgram): Promise<void> {
  const { launcher, program, variables = {} } = installed;
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)} `);
  const script = [
    "#!/bin/sh",
    "# A stand-in of Haulway's local environment, not the real program.",
    `${assignments.join("")}exec ${quoted(process.execPath)} ${quoted(program)} "$@"`,
    "",
  ].join("\n");
  const keyFile = `${program}.key`;
  const present = (await readFileIfPresent(program)) !== undefined;
  if (!present || (await readFileIfPresent(keyFile)) !== installed.key) {
    await writeFileAtomically(program, await installed.content());
    await writeFileAtomically(keyFile, installed.key);
  }
  if ((await readFileIfPresent(launcher)) !== script) {
    await writeFileAtomically(launcher, script, 0o755);
  }
}

/** As one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
