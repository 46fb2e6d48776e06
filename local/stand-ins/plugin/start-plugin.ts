import { NotLocalError, requireLocalPulumi } from "../local-only.ts";
import type { PluginProvider } from "./plugin-provider.ts";
import { servePlugin } from "./plugin-server.ts";

declare const PACKAGE_VERSIONS: Readonly<Record<string, string>>;

/**
 * Runs a stand-in as a plugin: refuses outside the local environment (exit code 1), otherwise serves and tells the engine the port,
 * which is the first line of a plugin's output.
 */
export async function startPlugin(
  vendor: string,
  provider: (localDir: string) => PluginProvider,
): Promise<void> {
  process.title = `haulway stand-in for ${vendor}`;
  try {
    const port = await servePlugin(provider(requireLocalPulumi(vendor, process.env)), {
      versions: PACKAGE_VERSIONS,
    });
    process.stdout.write(`${port}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof NotLocalError ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
