import type { KubernetesObject } from "@kubernetes/client-node";

const fieldManager = "haulway-local";

/**
 * Applies objects server-side, one after the other, with the rights of the kubeconfig's user. An object that is as it should be stays
 * untouched.
 *
 * @throws ApiException of the Kubernetes client when the API server refuses one.
 */
export async function applyObjects(kubeconfig: string, objects: readonly KubernetesObject[]): Promise<void> {
  // Loading the client takes most of a second, which only a start should cost.
  const { KubeConfig, KubernetesObjectApi, PatchStrategy } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const api = KubernetesObjectApi.makeApiClient(config);
  for (const object of objects) {
    await api.patch(object, undefined, undefined, fieldManager, true, PatchStrategy.ServerSideApply);
  }
}
