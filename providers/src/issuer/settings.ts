/**
 * Rights and limits of a user in one form only: sorted lists without repetition, names such as `pub.allow`, and nothing
 * that says "none" or "no limit". Two settings mean the same exactly when these are equal.
 */
export type Settings = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** Names of the settings in which the two differ, sorted. */
export function settingsDifferences(a: Settings, b: Settings): string[] {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return names.filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name]));
}
