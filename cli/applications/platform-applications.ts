import { type Application, applicationSchema, REFRESH_ANNOTATION } from "./application.ts";
import type { Applications } from "./wait-for-applications.ts";

const group = { group: "argoproj.io", version: "v1alpha1", plural: "applications" };

/**
 * The Applications in a namespace of the cluster that the kubeconfig leads to.
 *
 * @param kubeconfig YAML; it may hold credentials, and none of it appears in an error.
 */
export async function platformApplications(kubeconfig: string, namespace: string): Promise<Applications> {
  // The client's module takes longer to load than most commands take to run.
  const { CustomObjectsApi, KubeConfig, PatchStrategy, setHeaderOptions } = await import(
    "@kubernetes/client-node"
  );
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const api = config.makeApiClient(CustomObjectsApi);
  return {
    async list() {
      const answer: unknown = await api.listNamespacedCustomObject({ ...group, namespace });
      return new Map(parseList(answer).map((application) => [application.metadata.name, application]));
    },
    async refresh(name) {
      const body = { metadata: { annotations: { [REFRESH_ANNOTATION]: "normal" } } };
      const mergePatch = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
      await api
        .patchNamespacedCustomObject({ ...group, namespace, name, body }, mergePatch)
        .catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        });
    },
  };
}

function parseList(answer: unknown): readonly Application[] {
  return applicationSchema.array().parse((answer as { items?: unknown }).items ?? []);
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === 404;
}
