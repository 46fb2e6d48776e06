import type { StackAction } from "../plan/plan.ts";
import type { Changes } from "./changes.ts";

/** A stack that the backend knows. */
export interface ExistingStack {
  readonly name: string;
  /** How many resources it holds; undefined where the backend does not say. */
  readonly resources?: number;
}

/** Outputs of a stack, by name. A secret's value must never be printed. */
export type StackOutputs = Readonly<Record<string, { readonly value: unknown; readonly secret: boolean }>>;

/** How a stack's run ended well. */
export interface StackOutcome {
  readonly changes: Changes;
  /** The stack's outputs after an `up`; empty after anything else. */
  readonly outputs: StackOutputs;
}

/** A resource as the state of a stack has it. What is secret is encrypted in it. */
export interface StateResource {
  /** Type token: `pulumi-nodejs:dynamic/haulway:NatsUser`. */
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Whether another resource has taken its place, and it is only left to be deleted. */
  readonly leaving: boolean;
}

/** What a run of one stack needs and tells. */
export interface StackRunOptions {
  /** Whether the backend has the stack already; it is created if not. */
  readonly exists: boolean;
  /** Told what the engine is doing, one line, whenever it changes. */
  readonly onProgress: (detail: string) => void;
  /**
   * Told something that the reader should know although it is no failure, such as what a provider says of a NATS user. The same
   * line may come again.
   */
  readonly onNote: (line: string) => void;
  /**
   * Preview before an `up`, which is not begun if the preview fails. A stack that did not exist is then not left behind.
   * Default false.
   */
  readonly previewFirst?: boolean;
  /** Cancels the engine, which ends the operations it has begun first. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs stacks: the one seam between the command and the Pulumi engine. */
export interface StackRunner {
  /** All stacks of the project. */
  list(): Promise<readonly ExistingStack[]>;
  /**
   * Runs one stack to its end.
   *
   * @throws StackFailure if it failed or was cancelled.
   */
  run(stack: string, action: StackAction, options: StackRunOptions): Promise<StackOutcome>;
  /** The outputs of a deployed stack. */
  outputs(stack: string): Promise<StackOutputs>;
  /** What the state of a stack holds now, also after a run that did not finish. */
  resources(stack: string): Promise<readonly StateResource[]>;
}

/** Why a stack's run failed. The message is for the reader: the errors and the next step, without a stack trace or a secret. */
export class StackFailure extends Error {
  override readonly name = "StackFailure";
  /** What had been changed before it failed. */
  readonly changes: Changes;

  constructor(message: string, changes: Changes) {
    super(message);
    this.changes = changes;
  }
}
