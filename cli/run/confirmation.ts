import type { Operation, Step } from "../plan/plan.ts";
import type { ExistingStack } from "./stack-runner.ts";

/**
 * What to ask before a run that removes something; undefined if it removes nothing.
 *
 * @param removals the steps that remove a stack with everything in it.
 */
export function confirmationFor(
  operation: Operation,
  environment: string,
  removals: readonly Step[],
  existing: readonly ExistingStack[],
): string | undefined {
  if (removals.length === 0) return undefined;
  const lines = removals.map(({ stack }) => {
    const resources = existing.find((candidate) => candidate.name === stack)?.resources;
    return `  ${stack}${resources === undefined ? "" : ` (${resources} resources)`}`;
  });
  const reason =
    operation === "destroy"
      ? `This destroys, for good, of environment ${environment}:`
      : "These stacks have no file any more and will be destroyed, with everything in them:";
  return [reason, ...lines, "Go on?"].join("\n");
}
