import type { Environment } from "../model/environment.ts";
import { MANAGED_BY } from "./labels.ts";

/** The tags of every AWS resource: those of the environment, and where the resource comes from, which nothing overrides. */
export function resourceTags(
  environment: Pick<Environment, "name" | "tags">,
  stack: string,
): Record<string, string> {
  return {
    ...environment.tags,
    environment: environment.name,
    "managed-by": MANAGED_BY,
    stack,
  };
}
