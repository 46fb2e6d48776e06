import type { PropertyFailure } from "../plugin/plugin-provider.ts";
import type { Properties } from "../plugin/property-values.ts";

/** Where a resource is made, and the random parts of its ids. */
export interface Scope {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  /** Value of the property that names it; `""` for a type without names. */
  readonly name: string;
  readonly inputs: Properties;
  /** An input as text; `""` when it is absent. */
  text(property: string): string;
  /** Random lower-case hexadecimal digits, drawn once when the resource is created. */
  hex(length: number): string;
  /** Random capital letters and digits, as in `AROA…`. */
  letters(length: number): string;
}

/** The scope once the id is known. */
export interface IdentifiedScope extends Scope {
  readonly id: string;
}

/** A property whose value must be the id, ARN or name of something that exists. */
export interface Reference {
  /** Types that it may name. */
  readonly to: readonly string[];
  /** AWS refuses to delete what is named as long as this one is there. @default false */
  readonly blocksDeletion?: boolean;
}

/** What AWS knows of one resource type and a stand-in has to know too. */
export interface ResourceRule {
  /** Property that holds the name. Filled with `<logical name>-<7 digits>` when it is absent. */
  readonly name?: string;
  /** Properties that tell one from another in an account and region: a second one with the same values is refused. @default the name */
  readonly unique?: readonly string[];
  /** Lives in no region, as IAM and Route 53 do. @default false */
  readonly global?: boolean;
  /** The id that Pulumi shows. */
  readonly id: (scope: Scope) => string;
  /** Computed outputs, `arn` among them. Drawn once and kept; an input of the same name wins. */
  readonly outputs?: (scope: IdentifiedScope) => Properties;
  readonly required?: readonly string[];
  /** Properties whose change makes a new resource. */
  readonly immutable?: readonly string[];
  /** By property path (`vpcConfig.subnetIds`); a list is checked element by element. */
  readonly references?: Readonly<Record<string, Reference>>;
  /** Properties by which others may refer to it, besides its id and, in properties that end in `Arn`, its ARN. */
  readonly aliases?: readonly string[];
  /** Properties that hold IAM policy documents. */
  readonly policies?: readonly string[];
  /** Has no tags. @default false */
  readonly untagged?: boolean;
  /** What else AWS refuses in inputs, as they are when a resource is created or updated. */
  readonly refused?: (inputs: Properties) => PropertyFailure | undefined;
  /** Properties whose `true` makes AWS refuse the deletion. */
  readonly deletionProtection?: readonly string[];
}

/** Rules by type token, for example `aws:iam/role:Role`. */
export type ResourceRules = Readonly<Record<string, ResourceRule>>;
