/** A file inside a published Go module. */
export interface ModuleFile {
  /** Module path; its version is the one that the recipe's `go.mod` pins. */
  readonly module: string;
  /** Path of the file inside the module. */
  readonly path: string;
}

/** One thing that a recipe puts into the cache. */
export type Artifact =
  | {
      /** Compiled from Go source. */
      readonly kind: "program";
      readonly name: string;
      /** Import path of the main package; `.` is the recipe's own directory. */
      readonly package: string;
      /** A Pulumi plugin is kept out of `binDir`: the engine warns about every plugin that it finds on PATH. */
      readonly plugin?: true;
    }
  | {
      /** An executable text file, copied from a module. */
      readonly kind: "script";
      readonly name: string;
      readonly from: ModuleFile;
    }
  | {
      /** Another name for a program that chooses its role by the name it is started under. */
      readonly kind: "alias";
      readonly name: string;
      readonly of: string;
    }
  | {
      /** A data file, copied from a module; several YAML files are joined into one stream of documents. */
      readonly kind: "data";
      readonly name: string;
      readonly from: readonly ModuleFile[];
    };

/** One place in a module's source that is compiled differently, where upstream has no setting for it. */
export interface Patch {
  readonly file: ModuleFile;
  /** The text as upstream has it; it must stand in the file exactly once, or the build fails. */
  readonly from: string;
  readonly to: string;
}

/** How one cache entry comes about: a directory with `go.mod` and `go.sum`, and what to make with them. */
export interface Recipe {
  readonly name: string;
  /** Directory beside this file; two recipes may share one. */
  readonly directory: string;
  /** The version that its programs report. */
  readonly version: string;
  /** Module whose version in `go.mod` is the recipe's version. */
  readonly module: string;
  /** What `npm start` runs without, and so does not build. @default false */
  readonly onlyForTests?: true;
  /** String variables set by the linker: what upstream's release builds set, and nothing else does. */
  readonly stamps?: Readonly<Record<string, string>>;
  /** Files laid into the source directory before compiling, for `go:embed`, which does not reach into other modules. */
  readonly embeds?: Readonly<Record<string, ModuleFile>>;
  /** Changes to upstream's source before it is compiled. A program on PATH does not have them, so it is never used instead. */
  readonly patches?: readonly Patch[];
  readonly artifacts: readonly Artifact[];
}

/** The import paths that a recipe compiles, with the name that `go build -o <directory>/` gives to each executable. */
export function programsOf(recipe: Recipe): { name: string; package: string; builtAs: string }[] {
  return recipe.artifacts.flatMap((artifact) =>
    artifact.kind === "program"
      ? [{ name: artifact.name, package: artifact.package, builtAs: builtAs(recipe, artifact.package) }]
      : [],
  );
}

/** The names under which a recipe's files are stored in its cache entry. */
export function storedNames(recipe: Recipe): string[] {
  return recipe.artifacts.flatMap((artifact) => (artifact.kind === "alias" ? [] : [artifact.name]));
}

/** The modules whose files a recipe copies, embeds or patches. */
export function modulesOf(recipe: Recipe): string[] {
  const copied = recipe.artifacts.flatMap((artifact) => {
    if (artifact.kind === "data") return artifact.from;
    return artifact.kind === "script" ? [artifact.from] : [];
  });
  const patched = (recipe.patches ?? []).map((patch) => patch.file);
  const files = [...copied, ...patched, ...Object.values(recipe.embeds ?? {})];
  return [...new Set(files.map((file) => file.module))].sort();
}

function builtAs(recipe: Recipe, importPath: string): string {
  const path = importPath === "." ? `haulway/toolchain/${recipe.directory}` : importPath;
  const elements = path.split("/");
  const last = elements.at(-1) ?? "";
  // As cmd/go does it: a major version suffix is no name.
  return /^v[2-9]\d*$|^v1\d+$/.test(last) ? (elements.at(-2) ?? last) : last;
}
