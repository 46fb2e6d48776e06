import type { Properties } from "./property-values.ts";

/** The provider's configuration as the engine sends it: every value a string, structures as JSON text. */
export type PluginConfiguration = Readonly<Record<string, string>>;

/** What is wrong with an input, and where. */
export interface PropertyFailure {
  readonly property: string;
  readonly reason: string;
}

/** A resource as every request names it. */
export interface ResourceIdentity {
  readonly urn: string;
  /** For example `aws:iam/role:Role`. */
  readonly type: string;
  /** The logical name. */
  readonly name: string;
}

/** A resource as it is known from the last run. */
export interface KnownResource {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** What a change of inputs means. */
export interface Difference {
  /** Names of the properties that differ. */
  readonly changed: readonly string[];
  /** Those of them that cannot be changed in place. */
  readonly replaces: readonly string[];
  /** The old one has to go first, because both cannot be there at once. */
  readonly deleteBeforeReplace: boolean;
}

/** The custom resources of a plugin. A method that throws refuses, and the user sees the message alone. */
export interface CustomResources {
  check(
    resource: ResourceIdentity,
    request: { readonly olds: Properties; readonly news: Properties; readonly randomSeed: Uint8Array },
  ): Promise<{ inputs: Properties; failures: readonly PropertyFailure[] }>;
  diff(
    resource: ResourceIdentity,
    request: { readonly old: KnownResource; readonly news: Properties },
  ): Promise<Difference>;
  create(
    resource: ResourceIdentity,
    request: { readonly inputs: Properties; readonly preview: boolean },
  ): Promise<{ id: string; outputs: Properties }>;
  /** `undefined` when there is no such resource. */
  read(resource: ResourceIdentity, old: KnownResource): Promise<KnownResource | undefined>;
  update(
    resource: ResourceIdentity,
    request: { readonly old: KnownResource; readonly news: Properties; readonly preview: boolean },
  ): Promise<Properties>;
  delete(resource: ResourceIdentity, old: KnownResource): Promise<void>;
}

/** A resource registered with the engine. */
export interface RegisteredResource {
  readonly urn: string;
  readonly id: string;
  readonly outputs: Properties;
}

/** A component that the program asks for, and the way to make its children. */
export interface Construction {
  readonly type: string;
  readonly name: string;
  readonly inputs: Properties;
  /** Registers the component itself. Has to come first. */
  component(): Promise<string>;
  /** Registers a custom resource below the component, with the providers that the program gave to the component. */
  child(type: string, name: string, inputs: Properties): Promise<RegisteredResource>;
  /** Outputs of a resource that the program refers to. */
  lookUp(urn: string): Promise<Properties>;
}

/** A Pulumi plugin. What it does not have, it refuses by name. */
export interface PluginProvider {
  /** Package name, for example `aws`. */
  readonly name: string;
  /** Version of the npm package that this plugin belongs to. */
  readonly version: string;
  /** Whether property bags arrive with marks on secrets and the plugin marks its own; otherwise the engine does both. */
  readonly keepsSecrets: boolean;
  configure?(configuration: PluginConfiguration): Promise<void>;
  readonly resources?: CustomResources;
  /** Makes a component and resolves to its outputs. */
  construct?(construction: Construction): Promise<{ urn: string; outputs: Properties }>;
  invoke?(token: string, args: Properties): Promise<Properties>;
  /** The user has interrupted the run: end what is going on. */
  cancel?(): void;
}
