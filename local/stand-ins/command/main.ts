import { startPlugin } from "../plugin/start-plugin.ts";
import { commandProvider } from "./command-provider.ts";

declare const PACKAGE_VERSIONS: { readonly command: string };

void startPlugin("the command provider", () => commandProvider(PACKAGE_VERSIONS.command));
