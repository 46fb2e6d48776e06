import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Layout } from "../../layout.ts";
import { bundle } from "../bundle.ts";
import { installProgram } from "../install-program.ts";

/**
 * Puts the stand-in for Argo CD's helper `argocd-k8s-auth` into `.local/bin`, which has to come first in the PATH of Argo CD's
 * processes. It is one file without dependencies, because Argo CD runs it for every cluster again and again.
 * @param key digest of what the program is made from: it is made again only when that has changed
 */
export async function installArgocdK8sAuth(layout: Layout, key: string): Promise<void> {
  await installProgram({
    launcher: join(layout.bin, "argocd-k8s-auth"),
    program: join(layout.bin, "argocd-k8s-auth.cjs"),
    content: () => bundle(fileURLToPath(new URL("./argocd-k8s-auth-main.ts", import.meta.url)), {}),
    key,
    variables: { HAULWAY_LOCAL_DIR: layout.root },
  });
}
