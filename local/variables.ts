import { delimiter, join } from "node:path";
import { z } from "zod";
import { UserError } from "../model/user-error.ts";
import { readFileIfPresent, writeFileAtomically } from "./atomic-file.ts";
import { stateStoreUrl } from "./git-server/process.ts";
import { type Layout, layout, localDirectory } from "./layout.ts";
import type { Ports } from "./ports.ts";

/** Name of the environment that runs on this machine: `environments/local.yaml`. */
export const localEnvironmentName = "local";

/** How the variables of a process are changed for the local environment. */
export interface LocalSettings {
  /** Directory of the toolchain's executables, which comes first in PATH. */
  readonly binDir: string;
  /** Directory for temporary files. */
  readonly temporary: string;
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Variables that would be read before those that this environment sets: a secret given by value has precedence over one given by file.
 */
const hiddenVariables = ["PULUMI_CONFIG_PASSPHRASE", "HAULWAY_STATE_STORE_PASSWORD", "SYNADIA_TOKEN"];

const settingsSchema = z.object({
  binDir: z.string(),
  temporary: z.string(),
  variables: z.record(z.string(), z.string()),
});

/** What the local environment sets. Secrets appear as the paths of their files only. */
export function localSettings(options: {
  readonly layout: Layout;
  readonly ports: Ports;
  readonly toolchain: { readonly binDir: string; file(name: "argocd-install.yaml"): string };
}): LocalSettings {
  const { layout: paths, ports, toolchain } = options;
  return {
    binDir: toolchain.binDir,
    temporary: paths.temporary,
    variables: {
      PULUMI_HOME: paths.pulumi.home,
      PULUMI_BACKEND_URL: `file://${paths.pulumi.backend}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: paths.pulumi.passphraseFile,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // The engine and its plugins are Go programs of a few seconds, an eighth of which goes into collecting garbage.
      GOGC: "400",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      HAULWAY_LOCAL_DIR: paths.root,
      HAULWAY_ARGOCD_MANIFESTS: toolchain.file("argocd-install.yaml"),
      HAULWAY_STATE_STORE_URL: stateStoreUrl(paths, ports),
      HAULWAY_STATE_STORE_PASSWORD_FILE: paths.stateStore.passwordFile,
      HAULWAY_NATS_URL: `nats://127.0.0.1:${ports("nats")}`,
      HAULWAY_SYNADIA_URL: `http://127.0.0.1:${ports("synadia")}`,
      SYNADIA_TOKEN_FILE: paths.synadia.tokenFile,
    },
  };
}

/** Keeps the settings for the commands that come after the start. */
export async function writeSettings(paths: Layout, settings: LocalSettings): Promise<void> {
  await writeFileAtomically(paths.settingsFile, `${JSON.stringify(settings, undefined, 2)}\n`);
}

/** The settings of the last start; `undefined` if there was none, or it did not get that far. */
export async function readSettings(paths: Layout): Promise<LocalSettings | undefined> {
  const content = await readFileIfPresent(paths.settingsFile);
  return content === undefined ? undefined : settingsSchema.parse(JSON.parse(content));
}

/**
 * `variables` with those of the local environment on top, for a command of Haulway. They include `TMPDIR`, which a shell must not get:
 * plugins leave files there, and the directory goes with the environment.
 */
export function withSettings(settings: LocalSettings, variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(variables).filter(([name]) => !hiddenVariables.includes(name));
  const path = [settings.binDir, variables["PATH"]].filter((part) => part !== undefined).join(delimiter);
  return { ...Object.fromEntries(kept), ...settings.variables, TMPDIR: settings.temporary, PATH: path };
}

/**
 * The variables that a run on the local environment of the project sees.
 *
 * @param base what they are set on top of. @default those of this process
 * @throws UserError if the local environment has not been started.
 */
export async function localVariables(
  projectDir: string,
  base: NodeJS.ProcessEnv = process.env,
): Promise<NodeJS.ProcessEnv> {
  return withSettings(await requireSettings(projectDir), base);
}

/**
 * Lines for a POSIX shell that set the variables of the local environment: `eval "$(haulway local env)"`.
 *
 * @throws UserError if the local environment has not been started.
 */
export async function shellLines(projectDir: string): Promise<string[]> {
  const { binDir, variables } = await requireSettings(projectDir);
  return [
    ...hiddenVariables.map((name) => `unset ${name}`),
    `export PATH=${shellQuote(binDir)}:"$PATH"`,
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${shellQuote(value)}`),
  ];
}

/** `text` as one word of a POSIX shell, whatever is in it. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The settings of the last start; a UserError that names `npm start` if there was none. */
export async function requireSettings(projectDir: string): Promise<LocalSettings> {
  const settings = await readSettings(layout(localDirectory(projectDir)));
  if (settings !== undefined) return settings;
  throw new UserError(`There is no local environment in ${join(projectDir, ".local")}. Start it: npm start`);
}
