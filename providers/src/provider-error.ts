/**
 * A problem that a person can solve: one sentence or two with the place, what is wrong and the way out. It carries no
 * stack, because Pulumi's host prints the stack of whatever a provider throws.
 */
export class ProviderError extends Error {
  override readonly name: string = "Haulway";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.stack = "";
  }
}

/**
 * The resource exists, but is not finished. The engine records `properties` as its state, shows the message, and
 * updates the resource in the next run, so that nothing that was made is forgotten.
 */
export class UnfinishedError extends ProviderError {
  readonly reasons: readonly string[];

  constructor(
    readonly id: string,
    readonly properties: object,
    cause: unknown,
  ) {
    super(messageOf(cause), { cause });
    this.reasons = [this.message];
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
