#!/usr/bin/env node
// The composition root of the `haulway` command. An old Node must get as far as the message that it is too old.
import { nodeVersionProblem } from "./node-version.mjs";

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  start().then(
    (code) => {
      process.exitCode = code;
    },
    (error) => {
      console.error(describe(error));
      process.exitCode = 1;
    },
  );
} else {
  console.error(problem);
  process.exitCode = 1;
}

async function start() {
  const { register } = await import("tsx/esm/api");
  register();
  const { main } = await import("../main.ts");
  const { findProject } = await import("../project.ts");
  const { localCommands, localVariables } = await import("../../local/commands.ts");

  const terminal = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    variables: process.env,
  };
  const projectDir = findProject(process.cwd());
  return main(process.argv.slice(2), {
    projectDir,
    terminal,
    interrupts: process,
    variablesFor: async (environment) => (environment === "local" ? localVariables(projectDir) : process.env),
    extend: (program) => localCommands(program, { projectDir, terminal, interrupts: process }),
  });
}

/** @param {unknown} error */
function describe(error) {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "UserError") return error.message;
  if (/^Cannot find package '(?!\/)/.test(error.message)) {
    return `${error.message}\nThe dependencies are not installed, or not all of them. Install them: npm ci`;
  }
  return error.stack;
}
