import { stringify } from "yaml";

/** The fields that people look for first; all others follow in the order of the alphabet. */
const LEADING_KEYS = ["apiVersion", "kind", "metadata", "name", "namespace", "spec"];

/**
 * A Kubernetes object as a YAML document. The same object gives the same text, in whatever order its keys were set: a commit
 * of the state store says what changed and nothing else.
 *
 * Argo CD reads YAML 1.1, where a plain `on` is a boolean and a plain `2026-01-01` a time: what either version would take for
 * something else than text is quoted.
 */
export function toYaml(object: object): string {
  return stringify(object, {
    aliasDuplicateObjects: false,
    compat: "yaml-1.1",
    lineWidth: 0,
    sortMapEntries: (a, b) => compareKeys(String(a.key), String(b.key)),
  });
}

function compareKeys(a: string, b: string): number {
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

function rank(key: string): number {
  const index = LEADING_KEYS.indexOf(key);
  return index === -1 ? LEADING_KEYS.length : index;
}
