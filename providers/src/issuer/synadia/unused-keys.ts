/** nkeys that this process has made, and for which nobody can have issued anything yet. */
export type UnusedKeys = Set<string>;
