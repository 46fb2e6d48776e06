import type { DynamicProvider } from "./dynamic-provider.js";
import { UnfinishedError } from "./provider-error.js";

/**
 * The property by which Pulumi's host finds the code of a resource. It adds it to what a provider returns, but not to the
 * state that comes with an error, and without it the resource can be neither refreshed nor deleted.
 */
const CODE = "__provider";

/** The provider, with the place of its code in the state of a resource that is not finished, too. */
export function recordingCode<Inputs extends object, Outputs extends object>(
  provider: DynamicProvider<Inputs, Outputs>,
): DynamicProvider<Inputs, Outputs> {
  return {
    ...provider,
    create: (inputs) => provider.create(inputs).catch((error: unknown) => rethrow(error, inputs)),
    update: (id, olds, news) =>
      provider.update(id, olds, news).catch((error: unknown) => rethrow(error, news)),
  };
}

function rethrow(error: unknown, inputs: object): never {
  if (!(error instanceof UnfinishedError)) throw error;
  const code = (inputs as Readonly<Record<string, unknown>>)[CODE];
  throw new UnfinishedError(error.id, { ...error.properties, [CODE]: code }, error.cause);
}
