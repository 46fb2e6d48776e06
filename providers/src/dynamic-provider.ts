/**
 * What Pulumi's host for dynamic providers calls, with the types of one resource. A narrower
 * `pulumi.dynamic.ResourceProvider`: the package does not load `@pulumi/pulumi`, which costs a second.
 */
export interface DynamicProvider<Inputs extends object, Outputs extends object> {
  /** Says what is wrong with the inputs before anything is created. During a preview some may be unknown. */
  check(olds: Partial<Inputs>, news: Inputs): Promise<CheckResult<Inputs>>;
  /** Compares the state with the inputs, without asking anybody. */
  diff(id: string, olds: Outputs, news: Inputs): Promise<DiffResult>;
  create(inputs: Inputs): Promise<{ id: string; outs: Outputs }>;
  /** Looks at the world, for refresh. An empty id says that the resource is gone. */
  read(id: string, props: Outputs): Promise<{ id: string; props: Outputs }>;
  update(id: string, olds: Outputs, news: Inputs): Promise<{ outs: Outputs }>;
  delete(id: string, props: Outputs): Promise<void>;
}

/** The inputs as they are to be used, and why they cannot be. */
export interface CheckResult<Inputs> {
  readonly inputs: Inputs;
  readonly failures: CheckFailure[];
}

/** One input that is wrong: its name, and a sentence without a capital or a full stop. */
export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

/** Whether the resource changes, and which inputs make it another resource. */
export interface DiffResult {
  readonly changes: boolean;
  readonly replaces: string[];
  readonly stables: string[];
}

/** How the host passes a value that is not known before the deployment runs (`unknownValue` of `@pulumi/pulumi`). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether the value, or any part of it, is not known yet. */
export function containsUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(containsUnknown);
  if (typeof value === "object" && value !== null) return Object.values(value).some(containsUnknown);
  return false;
}
