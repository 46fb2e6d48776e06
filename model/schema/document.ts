import { z } from "zod";
import { name } from "./name.ts";

/** The version of both kinds of file. */
export const API_VERSION = "haulway.dev/v1alpha1";

/** Schema of a whole file of one kind. */
export function documentSchema<Kind extends string, Spec extends z.ZodObject>(
  kind: Kind,
  about: { readonly description: string; readonly nameExample: string },
  spec: Spec,
) {
  return z.strictObject({
    apiVersion: z
      .literal(API_VERSION)
      .meta({ description: "Version of this kind of file.", expected: API_VERSION, fixed: true }),
    kind: z.literal(kind).meta({ description: "Kind of file.", expected: kind, fixed: true }),
    metadata: z
      .strictObject({ name: name(about.description, about.nameExample) })
      .meta({ description: "What the file is about.", expected: `a map with the field name` }),
    spec,
  });
}
