import * as pulumi from "@pulumi/pulumi";

/** The name under which `@haulway/providers` exports the code of a dynamic resource. */
export type ForwardedProvider = keyof typeof import("@haulway/providers");

/**
 * A dynamic resource whose code lives in the package `@haulway/providers` and is only named in the state.
 *
 * `pulumi.dynamic.Resource` serializes its provider object into the property `__provider` of every resource, and the
 * engine runs that copy for `read` and `delete`. This class puts there the one line that looks the code up instead: the
 * state stays small and byte-stable when the code, the compiler or Pulumi changes, every operation runs today's code,
 * and no program pays for loading the serializer. The contract with Pulumi is the one all existing state relies on:
 * `__provider` is the text of a CommonJS module whose `handler()` returns the provider. See docs/adr for the decision.
 */
export abstract class ForwardedResource extends pulumi.CustomResource {
  /**
   * @param provider the export of `@haulway/providers` that holds the code
   * @param type the last part of the resource's type, `pulumi-nodejs:dynamic/haulway:<type>`
   * @param props inputs, and every output that the program reads set to `undefined`
   */
  protected constructor(
    provider: ForwardedProvider,
    type: string,
    name: string,
    props: pulumi.Inputs,
    options?: pulumi.CustomResourceOptions,
  ) {
    super(
      `pulumi-nodejs:dynamic/haulway:${type}`,
      name,
      { ...props, __provider: `exports.handler = () => require("@haulway/providers").${provider};` },
      options,
    );
  }
}
