import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { resourceTags } from "../manifests/tags.ts";
import type { Environment } from "../model/environment.ts";

/**
 * The AWS provider of a stack: in the environment's region, refusing any account but the environment's, and tagging
 * everything with the environment and the stack.
 */
export function awsProvider(environment: Environment): AwsProvider {
  return new AwsProvider("aws", {
    region: environment.aws.region,
    allowedAccountIds: [environment.aws.accountId],
    defaultTags: { tags: resourceTags(environment, pulumi.getStack()) },
  });
}

/** A cluster as a Kubernetes provider needs to know it. */
export interface ProviderCluster {
  readonly arn: pulumi.Input<string>;
  /** Kubeconfig as text. Secret. */
  readonly kubeconfig: pulumi.Input<string>;
}

/**
 * The Kubernetes provider of one cluster. The cluster's ARN says which one it is, so that a kubeconfig with another
 * certificate or another user updates the provider and replaces nothing.
 *
 * @param name logical name, unique in the stack
 * @param options.namespace namespace of objects that name none; default: Kubernetes' own, `default`
 */
export function kubernetesProvider(
  name: string,
  cluster: ProviderCluster,
  options: { readonly namespace?: string; readonly dependsOn?: pulumi.Resource[] } = {},
): KubernetesProvider {
  return new KubernetesProvider(
    name,
    {
      kubeconfig: cluster.kubeconfig,
      clusterIdentifier: cluster.arn,
      namespace: options.namespace,
      enableServerSideApply: true,
      // A Secret whose content changes would be deleted and made anew, under pods that mount it.
      enableSecretMutable: true,
    },
    { dependsOn: options.dependsOn },
  );
}
