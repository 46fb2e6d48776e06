import { mkdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFileAtomically } from "../atomic-file.ts";
import type { Layout } from "../layout.ts";
import { bundle, sourcesDigest } from "./bundle.ts";
import { installArgocdK8sAuth } from "./eks/install-argocd-k8s-auth.ts";
import { installProgram } from "./install-program.ts";
import { markerFile } from "./local-only.ts";

/** Stand-ins by package name: the npm package whose plugin they stand in for, and their program. */
const STAND_INS = {
  aws: { npm: "@pulumi/aws", entry: "./aws/main.ts" },
  eks: { npm: "@pulumi/eks", entry: "./eks-plugin/main.ts" },
  command: { npm: "@pulumi/command", entry: "./command/main.ts" },
} as const;

/** Where the plugins go, and where the real one comes from. */
export interface InstallPluginsOptions {
  readonly toolchain: { path(name: "pulumi-resource-kubernetes"): string };
  readonly layout: Layout;
  /** Directory whose `node_modules` the program uses: a plugin has the version of its npm package. */
  readonly projectDir: string;
}

/**
 * Fills `PULUMI_HOME` of the local environment: the stand-ins for `aws`, `eks` and `command`, and a link to the real `kubernetes`
 * plugin; and `.local/bin` with the stand-in for Argo CD's `argocd-k8s-auth`. Marks the local directory, without which no stand-in starts. What is up to date stays.
 * @throws Error when a package is not installed.
 */
export async function installPlugins({
  toolchain,
  layout,
  projectDir,
}: InstallPluginsOptions): Promise<void> {
  const plugins = join(layout.pulumi.home, "plugins");
  await mkdir(plugins, { recursive: true, mode: 0o700 });
  await writeFileAtomically(
    markerFile(layout.root),
    "This directory belongs to a local environment of Haulway.\n",
  );
  const versions = Object.fromEntries(
    await Promise.all(
      Object.entries(STAND_INS).map(
        async ([name, { npm }]) => [name, await versionOf(npm, projectDir)] as const,
      ),
    ),
  );
  const key = await sourcesDigest(projectDir, versions);
  await Promise.all([
    ...Object.entries(STAND_INS).map(async ([name, { entry }]) => {
      const source = fileURLToPath(new URL(entry, import.meta.url));
      const directory = join(plugins, `resource-${name}-v${versions[name]}`);
      await installProgram({
        launcher: join(directory, `pulumi-resource-${name}`),
        program: join(directory, "stand-in.cjs"),
        content: () => bundle(source, { PACKAGE_VERSIONS: versions }),
        key,
      });
    }),
    installArgocdK8sAuth(layout, key),
    linkKubernetes(plugins, toolchain.path("pulumi-resource-kubernetes"), projectDir),
  ]);
}

async function linkKubernetes(plugins: string, binary: string, projectDir: string): Promise<void> {
  const version = await versionOf("@pulumi/kubernetes", projectDir);
  const directory = join(plugins, `resource-kubernetes-v${version}`);
  await mkdir(directory, { recursive: true });
  const draft = join(directory, `.${process.pid}.link`);
  await rm(draft, { force: true });
  await symlink(binary, draft);
  await rename(draft, join(directory, "pulumi-resource-kubernetes"));
}

async function versionOf(npmPackage: string, projectDir: string): Promise<string> {
  const require = createRequire(join(projectDir, "package.json"));
  const manifest = JSON.parse(await readFile(require.resolve(`${npmPackage}/package.json`), "utf8")) as {
    version: string;
  };
  // Some packages write their version with a "v"; a plugin's never has one.
  return manifest.version.replace(/^v/, "");
}
