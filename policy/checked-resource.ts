/** Stands for a value that is known only after something else has been created. A rule has nothing against it. */
export const UNKNOWN = Symbol("unknown");

/** A resource as the engine is about to make it. */
export interface CheckedResource {
  /** Pulumi's type, such as `aws:ecr/repository:Repository`. */
  readonly type: string;
  /** Logical name in its stack. */
  readonly name: string;
  /** Its inputs, without any wrapping; {@link UNKNOWN} in the place of what is not known yet. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Whether Pulumi refuses to delete it. */
  readonly protect: boolean;
  /** Settings of the provider that makes it; undefined if that is a default provider, which nobody configured. */
  readonly provider?: Readonly<Record<string, unknown>> | undefined;
}

/** One thing that is wrong with a resource. */
export interface Finding {
  /** Where among the inputs, such as `encryptionConfig.provider.keyArn`. */
  readonly path: string;
  readonly problem: string;
  readonly expected: string;
  /** What to do about it: a sentence. */
  readonly wayOut: string;
  /** Only worth knowing: it was asked for in so many words. Default: it is refused. */
  readonly advisory?: boolean;
}

/** A fact that has to be true of resources, whoever declares them. */
export interface PolicyRule {
  /** In kebab case, such as `immutable-image-tags`. */
  readonly name: string;
  /** The rule as a sentence. */
  readonly description: string;
  /** What is wrong with a resource by this rule; nothing for kinds of resources that it does not speak of. */
  readonly check: (resource: CheckedResource) => readonly Finding[];
}

/** A finding in one text: place, what is wrong, what is expected, the way out. The engine says of which resource. */
export function describeFinding({ path, problem, expected, wayOut }: Finding): string {
  return `${path}: ${problem}, expected ${expected}. ${wayOut}`;
}
