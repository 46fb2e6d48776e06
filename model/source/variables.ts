import { type FieldPath, formatPath } from "./path.ts";

/** Where the values of `${NAME}` come from: the environment variables of the process, as a rule. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A reference in a text that cannot be replaced. */
export interface BrokenReference {
  readonly path: FieldPath;
  readonly problem: string;
  readonly expected: string;
}

/** Data with its variables filled in. */
export interface Substitution {
  readonly data: unknown;
  readonly broken: readonly BrokenReference[];
  /** The variables that a text was made of, by {@link formatPath}. */
  readonly used: ReadonlyMap<string, readonly string[]>;
  /** The texts whose value is not known, by {@link formatPath}: a variable in them is deferred or broken. */
  readonly unknown: ReadonlySet<string>;
}

/** Settings of {@link substitute}. */
export interface SubstituteOptions {
  readonly variables: Variables;
  /** Accept variables that are not set, and leave the texts that hold them as they are. */
  readonly defer: boolean;
  /** The form of the text at a path that must stand in the file as it is; undefined if it may hold variables. */
  readonly fixedForm: (path: FieldPath) => string | undefined;
}

const REFERENCE = /\$\{([^}]*)\}?/g;
const NAME = /^[A-Za-z_]\w*$/;
const REFERENCE_FORM = `the form \${NAME}, of letters, digits and underscores`;

/**
 * Replaces `${NAME}` in the texts of parsed data. It works on values, never on the text of the file: what a variable holds cannot
 * become another field. A variable that is set to nothing counts as not set. What a variable holds is not looked at again.
 */
export function substitute(data: unknown, { variables, defer, fixedForm }: SubstituteOptions): Substitution {
  const broken: BrokenReference[] = [];
  const used = new Map<string, readonly string[]>();
  const unknown = new Set<string>();

  const replace = (text: string, path: FieldPath): string => {
    const references = [...text.matchAll(REFERENCE)];
    if (references.length === 0) return text;
    const expected = fixedForm(path);
    if (expected !== undefined) {
      broken.push({ path, problem: "holds a variable, which is not replaced in this field", expected });
      unknown.add(formatPath(path));
      return text;
    }
    const names: string[] = [];
    const replaced = text.replaceAll(REFERENCE, (reference, name: string) => {
      if (!reference.endsWith("}") || !NAME.test(name)) {
        const problem = reference.endsWith("}") ? `${reference} is not a variable` : `has \${ without }`;
        broken.push({ path, problem, expected: REFERENCE_FORM });
        unknown.add(formatPath(path));
        return reference;
      }
      names.push(name);
      const value = variables[name];
      if (value !== undefined && value !== "") return value;
      unknown.add(formatPath(path));
      if (!defer) {
        const problem = `the environment variable ${name} is not set`;
        broken.push({ path, problem, expected: `a value: export ${name}=…` });
      }
      return reference;
    });
    used.set(formatPath(path), names);
    return replaced;
  };

  const visit = (value: unknown, path: FieldPath): unknown => {
    if (typeof value === "string") return replace(value, path);
    if (Array.isArray(value)) return value.map((item, index) => visit(item, [...path, index]));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, visit(item, [...path, key])]));
  };

  return { data: visit(data, []), broken, used, unknown };
}
