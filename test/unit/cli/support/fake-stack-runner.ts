import type { StackAction } from "../../../../cli/plan/plan.ts";
import { type Changes, noChanges } from "../../../../cli/run/changes.ts";
import {
  StackFailure,
  type StackOutputs,
  type StackRunner,
  type StateResource,
} from "../../../../cli/run/stack-runner.ts";

/** What a fake engine has, and what it is made to do. */
export interface FakeEngine {
  /** Resources by stack; changed by `up` and `destroy`. */
  readonly stacks: Map<string, number>;
  /** Stacks that fail, each with its message. */
  readonly failing?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, StackOutputs>>;
  /** What the state of a stack holds. */
  readonly resources?: Readonly<Record<string, readonly StateResource[]>>;
  /** Why the backend cannot be read. Default: it can. */
  readonly listing?: string;
  /** What a stack's providers tell while it is previewed or deployed. */
  readonly telling?: Readonly<Record<string, readonly string[]>>;
  /** Called while a stack runs. */
  readonly during?: (stack: string) => void;
}

/** A runner on a map instead of the Pulumi engine: an `up` of a stack it has changes nothing. `log` has every run. */
export function fakeStackRunner(engine: FakeEngine): { runner: StackRunner; log: string[] } {
  const log: string[] = [];
  const runner: StackRunner = {
    list: () =>
      engine.listing === undefined
        ? Promise.resolve([...engine.stacks].map(([name, resources]) => ({ name, resources })))
        : Promise.reject(new StackFailure(engine.listing, noChanges)),
    outputs: (stack) => Promise.resolve(engine.outputs?.[stack] ?? {}),
    resources: (stack) => Promise.resolve(engine.resources?.[stack] ?? []),
    run: async (stack, action, { onProgress, onNote, previewFirst }) => {
      log.push(`${action} ${stack}${previewFirst === true ? " after a preview" : ""}`);
      onProgress("creating Vpc main");
      for (const line of engine.telling?.[stack] ?? []) onNote(line);
      engine.during?.(stack);
      await Promise.resolve();
      const message = engine.failing?.[stack];
      if (message !== undefined) throw new StackFailure(message, noChanges);
      return { changes: apply(engine.stacks, stack, action), outputs: engine.outputs?.[stack] ?? {} };
    },
  };
  return { runner, log };
}

function apply(stacks: Map<string, number>, stack: string, action: StackAction): Changes {
  const had = stacks.get(stack);
  const resources = had ?? 3;
  if (action === "up") stacks.set(stack, resources);
  if (action === "destroy") stacks.delete(stack);
  if (action === "destroy" || action === "preview-destroy") return { ...noChanges, delete: resources };
  return had === undefined ? { ...noChanges, create: 3 } : { ...noChanges, same: resources };
}
