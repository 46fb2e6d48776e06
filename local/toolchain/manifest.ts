import { z } from "zod";

const storedFile = z.strictObject({
  name: z.string().min(1),
  size: z.number().int().nonnegative(),
  mtimeMs: z.number(),
  sha256: z.string().length(64),
  executable: z.boolean(),
});

const manifest = z.strictObject({
  recipe: z.string(),
  key: z.string(),
  version: z.string(),
  files: z.array(storedFile).min(1),
});

/** One file of a cache entry, as it was when the entry was completed. */
export type StoredFile = Readonly<z.infer<typeof storedFile>>;

/** What a cache entry holds; written last, so that an entry without one was never completed. */
export type Manifest = Readonly<z.infer<typeof manifest>>;

/** What the file system says about a file. */
export interface FileState {
  readonly size: number;
  readonly mtimeMs: number;
  readonly mode: number;
}

/**
 * What one look at the file system shows about an entry. `unsure` names the files whose time is not the recorded one:
 * a cache that was copied or restored looks like that, and so does a file that was written to.
 */
export type Verdict =
  | { readonly state: "intact" }
  | { readonly state: "unsure"; readonly files: readonly StoredFile[] }
  | { readonly state: "broken"; readonly reason: string };

/** Reads a manifest; `undefined` when it is cut off, damaged, or belongs to another entry. */
export function parseManifest(text: string, recipe: string, key: string): Manifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = manifest.safeParse(value);
  return parsed.success && parsed.data.recipe === recipe && parsed.data.key === key ? parsed.data : undefined;
}

/** Compares an entry's files with its manifest, by what a `stat` of each can tell. */
export function judge(
  files: readonly StoredFile[],
  stateOf: (name: string) => FileState | undefined,
  expectedNames: readonly string[],
): Verdict {
  const recorded = new Set(files.map((file) => file.name));
  const unrecorded = expectedNames.find((name) => !recorded.has(name));
  if (unrecorded !== undefined) return { state: "broken", reason: `${unrecorded} was never stored` };
  const unsure: StoredFile[] = [];
  for (const file of files) {
    const state = stateOf(file.name);
    if (state === undefined) return { state: "broken", reason: `${file.name} is missing` };
    if (state.size !== file.size) {
      return { state: "broken", reason: `${file.name} has ${state.size} bytes instead of ${file.size}` };
    }
    if (file.executable && (state.mode & 0o100) === 0) {
      return { state: "broken", reason: `${file.name} is not executable` };
    }
    if (state.mtimeMs !== file.mtimeMs) unsure.push(file);
  }
  return unsure.length === 0 ? { state: "intact" } : { state: "unsure", files: unsure };
}
