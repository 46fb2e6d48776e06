import type { z } from "zod";
import { DURATION_PATTERN } from "../duration.ts";
import { text } from "./field.ts";

/** Schema of a duration, with what it measures. */
export function durationSchema(about: {
  readonly description: string;
  readonly example: string;
}): z.ZodString {
  return text({
    description: about.description,
    expected: `a duration above zero in minutes, hours or days, such as ${about.example}`,
    pattern: DURATION_PATTERN,
  });
}
