import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Project } from "../local/support/sandbox.ts";

/**
 * Puts another version of the providers' package, compiled to other bytes, in the place of the present one.
 *
 * @throws Error if the compiled code is the same afterwards
 */
export async function upgradeProviders(project: Project): Promise<string> {
  const directory = join(project.directory, "providers");
  const compiled = join(directory, "dist", "index.js");
  const before = await digestOf(compiled);
  const version = await edit(join(directory, "package.json"), ({ version, ...rest }) => {
    const [major = 0, minor = 0] = String(version).split(".").map(Number);
    return { ...rest, version: `${major}.${minor + 1}.0` };
  });
  await edit(join(directory, "tsconfig.json"), ({ compilerOptions, ...rest }) => ({
    ...rest,
    compilerOptions: { ...(compilerOptions as object), removeComments: true, newLine: "crlf" },
  }));
  const built = await project.npm("run", "build", "--workspace", "providers");
  if (built.code !== 0) throw new Error(`npm run build: ${built.stdout}${built.stderr}`);
  if ((await digestOf(compiled)) === before) throw new Error("The providers were compiled to the same bytes");
  return String(version["version"]);
}

/** Installs a neighbour of the present version of `@pulumi/pulumi`, the next one if there is one. */
export async function upgradePulumi(project: Project): Promise<string> {
  const { dependencies } = JSON.parse(await readFile(join(project.directory, "package.json"), "utf8")) as {
    dependencies: Readonly<Record<string, string>>;
  };
  const [major = 0, minor = 0, patch = 0] = (dependencies["@pulumi/pulumi"] ?? "").split(".").map(Number);
  const neighbours = [
    [major, minor, patch + 1],
    [major, minor + 1, 0],
    [major, minor - 1, 0],
  ].map((version) => version.join("."));
  const failures: string[] = [];
  for (const version of neighbours) {
    const installed = await project.npm(
      "install",
      "--save-exact",
      "--no-audit",
      "--no-fund",
      `@pulumi/pulumi@${version}`,
    );
    if (installed.code === 0) return version;
    failures.push(installed.stderr);
  }
  throw new Error(`None of ${neighbours.join(", ")} can be installed: ${failures.join("\n")}`);
}

async function edit(
  file: string,
  change: (content: Readonly<Record<string, unknown>>) => Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const changed = change(JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>);
  await writeFile(file, `${JSON.stringify(changed, undefined, 2)}\n`);
  return changed;
}

async function digestOf(file: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
}
