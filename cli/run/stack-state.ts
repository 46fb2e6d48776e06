import { z } from "zod";
import type { StateResource } from "./stack-runner.ts";

const properties = z.record(z.string(), z.unknown()).default({});

const exportSchema = z.object({
  deployment: z.object({
    resources: z
      .array(
        z.object({
          type: z.string(),
          inputs: properties,
          outputs: properties,
          delete: z.boolean().default(false),
        }),
      )
      .default([]),
  }),
});

/**
 * The resources in what `pulumi stack export` printed.
 *
 * @throws ZodError if it is something else.
 */
export function stateResources(exported: string): readonly StateResource[] {
  const { resources } = exportSchema.parse(JSON.parse(exported)).deployment;
  return resources.map(({ type, inputs, outputs, delete: leaving }) => ({ type, inputs, outputs, leaving }));
}
