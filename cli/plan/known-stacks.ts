import { parseStackName, type StackReference, stackName } from "../../model/naming.ts";

/** A stack of one environment: declared by its files, or known to the backend, or both. */
export interface KnownStack {
  readonly name: string;
  readonly reference: StackReference;
  /** False if the file or entry that made it is gone. */
  readonly declared: boolean;
  /** Whether the backend has it. */
  readonly exists: boolean;
}

const rank = { platform: 0, cluster: 1, team: 2 };

/**
 * The stacks of the environment: the platform's, then clusters', then teams', each kind by name.
 *
 * @param existing all stacks the backend knows; those of other environments, and names that are none of Haulway's, are passed over.
 */
export function knownStacks(
  environment: string,
  declared: { readonly clusters: readonly string[]; readonly teams: readonly string[] },
  existing: readonly string[],
): readonly KnownStack[] {
  const references: StackReference[] = [
    { environment, kind: "platform" },
    ...declared.clusters.map((name) => ({ environment, kind: "cluster" as const, name })),
    ...declared.teams.map((name) => ({ environment, kind: "team" as const, name })),
  ];
  const known = new Map<string, KnownStack>();
  for (const reference of references) {
    const name = stackName(reference);
    known.set(name, { name, reference, declared: true, exists: false });
  }
  for (const name of existing) {
    const reference = referenceIn(environment, name);
    if (reference !== undefined)
      known.set(name, { name, reference, declared: known.has(name), exists: true });
  }
  return [...known.values()].sort(
    (a, b) => rank[a.reference.kind] - rank[b.reference.kind] || (a.name < b.name ? -1 : 1),
  );
}

function referenceIn(environment: string, stack: string): StackReference | undefined {
  if (stack !== environment && !stack.startsWith(`${environment}.`)) return undefined;
  try {
    return parseStackName(stack);
  } catch {
    return undefined;
  }
}
