import { UserError } from "../model/user-error.ts";

/** The command was given something it cannot work with; nothing was changed. The command exits with code 2. */
export class UsageError extends UserError {
  override readonly name = "UsageError";
}
