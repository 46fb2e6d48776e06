/** What a NATS user may add to the state besides its creds, in bytes. */
export const STATE_BYTES = 2048;

/** A resource in a checkpoint. */
export interface StoredResource {
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly propertyDependencies?: unknown;
  readonly additionalSecretOutputs?: unknown;
}

/**
 * Bytes that a NATS user itself has in the state: what is declared and what is remembered, without the ciphertext of its
 * creds. What the engine notes of every resource, its URN and the place in the program among it, is not the user's.
 */
export function ownBytes({
  inputs,
  outputs = {},
  propertyDependencies,
  additionalSecretOutputs,
}: StoredResource): number {
  const { creds: _, ...rest } = outputs;
  // The state is written without spaces.
  return Buffer.byteLength(
    JSON.stringify({ inputs, outputs: rest, propertyDependencies, additionalSecretOutputs }),
  );
}
