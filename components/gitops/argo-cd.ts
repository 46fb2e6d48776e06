import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { ConfigGroup } from "@pulumi/kubernetes/yaml/v2/configGroup.js";
import * as pulumi from "@pulumi/pulumi";
import { systemsProject } from "../../manifests/argocd/app-project.ts";
import { ARGOCD_NAMESPACE } from "../../manifests/argocd/argo-cd.ts";
import {
  type ClusterMetadata,
  clusterSecretMetadata,
  inClusterConnection,
} from "../../manifests/argocd/cluster-secret.ts";
import type { InstallManifests } from "../../manifests/argocd/install-manifests.ts";
import { STATE_STORE_SECRET_METADATA } from "../../manifests/argocd/repository-secret.ts";
import { argoCdSettings } from "../../manifests/argocd/settings.ts";
import { MANAGED_BY } from "../../manifests/labels.ts";
import type { Environment } from "../../model/environment.ts";
import { CustomResourceDefinitions } from "../cluster/custom-resource-definitions.ts";

/** Argo CD on the platform cluster. */
export interface ArgoCdArgs {
  /** The environment's name, how often to look for commits, and where the manifests are. */
  readonly environment: Pick<Environment, "name" | "argocd" | "stateStore">;
  /** What `selectInstallManifests` makes of the manifests, and the SHA-256 of the whole file, 64 hexadecimal digits. */
  readonly manifests: InstallManifests & { readonly sha256: string };
  /** What ApplicationSets may know of the platform cluster. */
  readonly cluster: ClusterMetadata;
  /** Kubeconfig of the platform cluster, as text. */
  readonly kubeconfig: pulumi.Input<string>;
  /** Password for the state store. */
  readonly stateStorePassword: pulumi.Input<string>;
}

/**
 * Argo CD from its official manifests, with its settings, its access to the state store, the Secret that makes the platform
 * cluster one of the fleet, and the AppProject of all systems.
 *
 * Needs a Kubernetes provider whose default namespace is Argo CD's, as the official manifests name none.
 */
export class ArgoCd extends pulumi.ComponentResource {
  /** The namespace of Argo CD, known when it exists. */
  readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: ArgoCdArgs, options?: pulumi.ComponentResourceOptions) {
    super("haulway:gitops:ArgoCd", name, {}, options);
    const { argocd, stateStore } = args.environment;
    const namespace = new Namespace(
      `${name}-namespace`,
      { metadata: { name: ARGOCD_NAMESPACE, labels: { "app.kubernetes.io/managed-by": MANAGED_BY } } },
      { parent: this },
    );
    const definitions = new CustomResourceDefinitions(
      `${name}-definitions`,
      { manifests: argocd.manifests, sha256: args.manifests.sha256, kubeconfig: args.kubeconfig },
      { parent: this },
    );
    const settings = new ConfigMap(`${name}-settings`, argoCdSettings(argocd), {
      parent: this,
      dependsOn: [namespace],
    });
    const repository = new Secret(
      `${name}-state-store`,
      {
        metadata: STATE_STORE_SECRET_METADATA,
        stringData: {
          type: "git",
          url: stateStore.url,
          username: stateStore.credentials.username,
          password: pulumi.secret(args.stateStorePassword),
        },
      },
      { parent: this, dependsOn: [namespace] },
    );
    const cluster = new Secret(
      `${name}-in-cluster`,
      {
        metadata: clusterSecretMetadata(args.cluster),
        stringData: inClusterConnection(args.cluster.eksName),
      },
      { parent: this, dependsOn: [namespace] },
    );
    new CustomResource(`${name}-systems`, systemsProject(args.environment.name, stateStore.url), {
      parent: this,
      dependsOn: [namespace, definitions],
    });
    const foundation = new ConfigGroup(
      `${name}-foundation`,
      { yaml: args.manifests.foundation },
      { parent: this, dependsOn: [namespace] },
    );
    new ConfigGroup(
      `${name}-controllers`,
      { yaml: args.manifests.controllers },
      { parent: this, dependsOn: [definitions, settings, repository, cluster, foundation] },
    );
    this.namespace = namespace.metadata.name;
    this.registerOutputs({ namespace: this.namespace });
  }
}
