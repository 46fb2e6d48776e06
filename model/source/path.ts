/** The way from the root of a file to a field. */
export type FieldPath = readonly (string | number)[];

/** A path as text: `spec.systems[0].name`, with keys that are no plain words in quotes: `spec.tags["cost center"]`. */
export function formatPath(path: FieldPath): string {
  return path
    .map((segment, index) => {
      if (typeof segment === "number") return `[${segment}]`;
      if (!/^[A-Za-z_][\w-]*$/.test(segment)) return `[${JSON.stringify(segment)}]`;
      return index === 0 ? segment : `.${segment}`;
    })
    .join("");
}

/** The value at a path within parsed data; undefined if there is none. */
export function valueAt(data: unknown, path: FieldPath): unknown {
  let value: unknown = data;
  for (const segment of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[segment];
  }
  return value;
}
