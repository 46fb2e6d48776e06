import { randomBytes } from "node:crypto";
import type { PluginProvider, ResourceIdentity } from "../plugin/plugin-provider.ts";
import {
  changedProperties,
  hasSecret,
  isObject,
  type Properties,
  secret,
  UNKNOWN,
  withoutSecrets,
} from "../plugin/property-values.ts";
import { runScript, type ScriptOutput } from "./run-script.ts";

const COMMAND = "command:local:Command";
/** Inputs that the real provider acts on and this one does not: they are refused, not ignored. */
const UNSUPPORTED = ["archivePaths", "assetPaths"] as const;

/**
 * The stand-in for the plugin `command`: `command:local:Command` runs its scripts on this machine as the real provider does. If any
 * input is a secret, the output is one.
 * @param version version of the npm package @pulumi/command
 */
export function commandProvider(version: string): PluginProvider {
  const cancelled = new AbortController();

  const run = async (command: string, inputs: Properties, previous: Properties): Promise<ScriptOutput> => {
    const plain = withoutSecrets(inputs) as Properties;
    const last = withoutSecrets(previous) as Properties;
    const environment = isObject(plain["environment"]) ? plain["environment"] : {};
    return runScript({
      command,
      ...(Array.isArray(plain["interpreter"]) ? { interpreter: plain["interpreter"].map(String) } : {}),
      ...(typeof plain["dir"] === "string" ? { directory: plain["dir"] } : {}),
      ...(typeof plain["stdin"] === "string" ? { stdin: plain["stdin"] } : {}),
      environment: {
        ...(typeof last["stdout"] === "string" ? { PULUMI_COMMAND_STDOUT: last["stdout"] } : {}),
        ...(typeof last["stderr"] === "string" ? { PULUMI_COMMAND_STDERR: last["stderr"] } : {}),
        ...Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)])),
      },
      signal: cancelled.signal,
    });
  };

  return {
    name: "command",
    version,
    keepsSecrets: true,
    resources: {
      check(resource, { news }) {
        requireLocalCommand(resource);
        const failures = UNSUPPORTED.filter((property) => news[property] !== undefined).map((property) => ({
          property,
          reason: `"${property}" is not in the stand-in for the command provider`,
        }));
        return Promise.resolve({ inputs: news, failures });
      },

      diff(_, { old, news }) {
        const changed = changedProperties(old.inputs, news);
        const replaces = changed.filter((property) => property === "triggers");
        return Promise.resolve({ changed, replaces, deleteBeforeReplace: false });
      },

      async create(resource, { inputs, preview }) {
        requireLocalCommand(resource);
        if (preview) {
          return { id: "", outputs: { ...inputs, stdout: UNKNOWN, stderr: UNKNOWN } };
        }
        const command = scriptOf(inputs, "create");
        const output = command === undefined ? { stdout: "", stderr: "" } : await run(command, inputs, {});
        return {
          id: `${resource.name}${randomBytes(4).toString("hex")}`,
          outputs: { ...inputs, ...guarded(inputs, output) },
        };
      },

      read: (_, old) => Promise.resolve(old),

      async update(_, { old, news, preview }) {
        if (preview) {
          return { ...news, stdout: UNKNOWN, stderr: UNKNOWN };
        }
        const command = scriptOf(news, "update") ?? scriptOf(news, "create");
        const output =
          command === undefined ? { stdout: "", stderr: "" } : await run(command, news, old.outputs);
        return { ...news, ...guarded(news, output) };
      },

      async delete(_, { inputs, outputs }) {
        const command = scriptOf(inputs, "delete");
        if (command !== undefined) {
          await run(command, inputs, outputs);
        }
      },
    },

    cancel: () => cancelled.abort(),
  };
}

/** @throws Error for `command:remote:*`: nothing here reaches another machine. */
function requireLocalCommand({ type }: ResourceIdentity): void {
  if (type !== COMMAND) {
    throw new Error(`${type} is not in the stand-in for the command provider, which has ${COMMAND} only.`);
  }
}

function scriptOf(inputs: Properties, name: "create" | "update" | "delete"): string | undefined {
  const command = withoutSecrets(inputs[name]);
  return typeof command === "string" && command !== "" ? command : undefined;
}

function guarded(inputs: Properties, output: ScriptOutput): Properties {
  const guard = hasSecret(inputs) ? secret : (value: unknown) => value;
  return { stdout: guard(output.stdout), stderr: guard(output.stderr) };
}
