#!/usr/bin/env node
// with-dependencies <command> [arguments…]: makes the project's dependencies complete, then runs the command.
// An old Node must get as far as the message that it is too old.
import { nodeVersionProblem } from "./node-version.mjs";

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  import("./dependencies.mjs").then(
    ({ runWithDependencies }) => runWithDependencies(process.argv.slice(2)),
    (error) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
} else {
  console.error(problem);
  process.exitCode = 1;
}
