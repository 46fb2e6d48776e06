import { z } from "zod";

declare module "zod" {
  interface GlobalMeta {
    /** The form a value must have, as a noun phrase that continues "expected …". */
    expected?: string;
    /** Whether the text must stand in the file as it is, because identities derive from it. */
    fixed?: boolean;
    /** Whether somebody could have put a secret here, so that no message may repeat the value. */
    sensitive?: boolean;
  }
}

/** What every field says about itself. */
export interface FieldText {
  /** What the field means, in sentences. Shown by editors and in the reference. */
  readonly description: string;
  /** The form a value must have, as a noun phrase that continues "expected …". */
  readonly expected: string;
  /** Whether the text must stand in the file as it is, without `${NAME}`, because identities derive from it. Default false. */
  readonly fixed?: boolean;
  /** Whether somebody could put a secret here by mistake, so that no message may repeat the value. Default false. */
  readonly sensitive?: boolean;
}

/** A field that holds text. */
export interface TextField extends FieldText {
  /** The form as a regular expression, which editors check too. */
  readonly pattern?: RegExp;
  /** What a pattern cannot say. Returns what is wrong as a predicate ("has a blank"), or undefined. */
  readonly wrong?: (value: string) => string | undefined;
}

/** Schema of a text field. */
export function text({ pattern, wrong, ...about }: TextField): z.ZodString {
  const base = pattern === undefined ? z.string() : z.string().regex(pattern, { abort: true });
  const checked =
    wrong === undefined
      ? base
      : base.superRefine((value, context) => {
          const message = wrong(value);
          if (message !== undefined) context.addIssue({ code: "custom", message });
        });
  return checked.meta({ ...about });
}

/** Schema of a whole number within bounds, both included. */
export function integer(about: FieldText & { readonly minimum: number; readonly maximum: number }): z.ZodInt {
  const { minimum, maximum, ...meta } = about;
  return z.int().min(minimum).max(maximum).meta(meta);
}

/** Schema of a field that is true or false. */
export function flag(description: string): z.ZodBoolean {
  return z.boolean().meta({ description, expected: "true or false" });
}

/** Schema of a list with at least one item, none of them twice. */
export function distinctList(item: z.ZodString, about: FieldText): z.ZodArray<z.ZodString> {
  return z
    .array(item)
    .min(1)
    .superRefine((values, context) => {
      for (const [index, value] of values.entries()) {
        if (values.indexOf(value) !== index) {
          const message = "is in the list twice";
          context.addIssue({
            code: "custom",
            path: [index],
            message,
            params: { expected: "each item once" },
          });
        }
      }
    })
    .meta({ ...about });
}
