import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

/** How a TypeScript file of this project is run by this Node, through tsx. */
export interface TypescriptProgram {
  readonly command: string;
  readonly args: readonly string[];
}

/** The command that runs `main` (a `file:` URL) with `args`. */
export function typescriptProgram(main: URL, args: readonly string[]): TypescriptProgram {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  return { command: process.execPath, args: ["--import", loader, fileURLToPath(main), ...args] };
}
