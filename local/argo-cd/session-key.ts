import { randomBytes } from "node:crypto";
import { applyObjects } from "../control-plane/apply.ts";

const name = "argocd-secret";
const key = "server.secretkey";

/**
 * Puts the key into the Secret `argocd-secret` that Argo CD's controllers refuse to work without, unless it is there. In a cluster
 * `argocd-server` makes it at its first start, in the same form; here that one does not run.
 *
 * @param kubeconfig path of the platform cluster's administrator's.
 */
export async function ensureSessionKey(kubeconfig: string, namespace: string): Promise<void> {
  const { CoreV1Api, KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const { data = {} } = await config.makeApiClient(CoreV1Api).readNamespacedSecret({ name, namespace });
  if (data[key] !== undefined) return;
  const value = randomBytes(32).toString("base64");
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    data: { [key]: Buffer.from(value).toString("base64") },
  };
  await applyObjects(kubeconfig, [secret]);
}
