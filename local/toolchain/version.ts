/** Compares two dotted versions number by number: negative when `a` is older. A missing part counts as 0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The number in what Go calls itself (`go1.26.8`, `go1.27-devel_abc`, `go1.26rc1 X:foo`). */
export function goRelease(name: string): string | undefined {
  return /^go(\d+\.\d+(?:\.\d+)?)/.exec(name)?.[1] ?? /\bgo(\d+\.\d+)/.exec(name)?.[1];
}

/** The number in the output of `git --version`, which vendors decorate (`2.39.5 (Apple Git-154)`). */
export function gitRelease(output: string): string | undefined {
  return /\b(\d+\.\d+(?:\.\d+)?)/.exec(output)?.[1];
}

/** The Go release that a `go.mod` asks for. */
export function goDirective(goMod: string): string | undefined {
  return /^go (\d+\.\d+(?:\.\d+)?)\s*$/m.exec(goMod)?.[1];
}

/** The version of a module that a `go.mod` requires, without its `v`. */
export function requiredVersion(goMod: string, module: string): string | undefined {
  for (const line of goMod.split("\n")) {
    const [path, version] = line
      .replace(/^require\s/, "")
      .trim()
      .split(/\s+/);
    if (path === module && version?.startsWith("v")) return version.slice(1);
  }
  return undefined;
}

function parts(version: string): number[] {
  return version.split(".").map((part) => Number.parseInt(part, 10) || 0);
}
