import { type CheckFailure, containsUnknown, type DynamicProvider } from "../dynamic-provider.js";
import { Cluster } from "./cluster.js";
import { findDefinitions } from "./documents.js";
import { loadManifests } from "./manifests.js";
import type { CustomResourceDefinitionsInputs, CustomResourceDefinitionsOutputs } from "./properties.js";

/** The CustomResourceDefinitions of a manifest file, as one resource that changes when the file's hash does. */
export const customResourceDefinitions: DynamicProvider<
  CustomResourceDefinitionsInputs,
  CustomResourceDefinitionsOutputs
> = {
  check: async (_olds, inputs) => ({ inputs, failures: checkInputs(inputs) }),

  diff: async (_id, olds, news) => ({
    // Where the file lies does not matter: the same hash is the same file.
    changes:
      containsUnknown([news.sha256, news.kubeconfig]) ||
      olds.sha256 !== news.sha256 ||
      olds.kubeconfig !== news.kubeconfig ||
      olds.missing.length > 0,
    replaces: [],
    stables: [],
  }),

  create: async (inputs) => ({ id: "custom-resource-definitions", outs: await install(inputs, []) }),

  read: async (id, props) => {
    const cluster = await Cluster.connect(props.kubeconfig);
    const found = await Promise.all(props.names.map((name) => cluster.exists(name)));
    const missing = props.names.filter((_, index) => found[index] !== true);
    return missing.length === props.names.length ? { id: "", props } : { id, props: { ...props, missing } };
  },

  update: async (_id, olds, news) => ({ outs: await install(news, olds.names) }),

  delete: async (_id, props) => {
    const cluster = await Cluster.connect(props.kubeconfig);
    await Promise.all(props.names.map((name) => cluster.delete(name)));
  },
};

/**
 * Applies what the file holds. A definition that it no longer holds stays, since deleting it would delete all its objects;
 * it stays in the list too, and goes with the resource.
 */
async function install(
  inputs: CustomResourceDefinitionsInputs,
  earlier: readonly string[],
): Promise<CustomResourceDefinitionsOutputs> {
  const { manifests, sha256, kubeconfig } = inputs;
  const definitions = findDefinitions(await loadManifests(manifests, sha256), manifests);
  const cluster = await Cluster.connect(kubeconfig);
  await Promise.all(definitions.map((definition) => cluster.apply(definition)));
  const names = [...new Set([...earlier, ...definitions.map(({ name }) => name)])].sort();
  return { manifests, sha256, kubeconfig, names, missing: [] };
}

function checkInputs({ manifests, sha256, kubeconfig }: CustomResourceDefinitionsInputs): CheckFailure[] {
  const failures: CheckFailure[] = [];
  if (!containsUnknown(manifests) && (manifests === "" || manifests.startsWith("http://"))) {
    failures.push({ property: "manifests", reason: `must be a path or an https URL; it is "${manifests}"` });
  }
  if (!containsUnknown(sha256) && !/^[0-9a-f]{64}$/i.test(sha256)) {
    failures.push({ property: "sha256", reason: `must be 64 hexadecimal digits; it is "${sha256}"` });
  }
  if (!containsUnknown(kubeconfig) && kubeconfig.trim() === "") {
    failures.push({ property: "kubeconfig", reason: "must not be empty" });
  }
  return failures;
}
