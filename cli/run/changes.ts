/** How many resources a stack's run created, updated, deleted, replaced, and left as they are. */
export interface Changes {
  readonly create: number;
  readonly update: number;
  readonly delete: number;
  readonly replace: number;
  readonly same: number;
}

/** No resource at all. */
export const noChanges: Changes = { create: 0, update: 0, delete: 0, replace: 0, same: 0 };

/**
 * Counts the engine's operations. A replacement is counted once, not as the creation and the deletion it consists of; reads
 * are not counted.
 *
 * @param operations the engine's summary: how often each operation occurred.
 */
export function countChanges(operations: Readonly<Record<string, number | undefined>>): Changes {
  const count = (...names: string[]) => names.reduce((sum, name) => sum + (operations[name] ?? 0), 0);
  return {
    create: count("create", "import"),
    update: count("update"),
    delete: count("delete", "discard"),
    replace: Math.max(count("replace"), count("create-replacement", "import-replacement")),
    same: count("same"),
  };
}

/** How many resources are not as they were. */
export function changedResources(changes: Changes): number {
  return changes.create + changes.update + changes.delete + changes.replace;
}

/**
 * One phrase: `0 changes`, or `2 created, 1 replaced`.
 *
 * @param preview true says what would be: `2 to create, 1 to replace`.
 */
export function describeChanges(changes: Changes, preview: boolean): string {
  if (changedResources(changes) === 0) return "0 changes";
  const words = {
    create: ["created", "to create"],
    update: ["updated", "to update"],
    delete: ["deleted", "to delete"],
    replace: ["replaced", "to replace"],
  } as const;
  return (["create", "update", "replace", "delete"] as const)
    .filter((kind) => changes[kind] > 0)
    .map((kind) => `${changes[kind]} ${words[kind][preview ? 1 : 0]}`)
    .join(", ");
}
