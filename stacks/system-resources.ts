import type { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import type { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import type * as pulumi from "@pulumi/pulumi";
import { SystemNamespace } from "../components/cluster/system-namespace.ts";
import type { CredentialDelivery } from "../components/nats/deliveries/credential-delivery.ts";
import type { DeliverySettings } from "../components/nats/deliveries/deliver-credentials.ts";
import { workloadKey } from "../manifests/state-store/team-files.ts";
import type { Environment } from "../model/environment.ts";
import { placeWorkload } from "../model/placement.ts";
import type { System } from "../model/team.ts";
import type { IssuedNatsUser } from "./nats-user-resources.ts";
import { workloadResources } from "./workload-resources.ts";

/** A workload cluster that a team's workloads are placed on. */
export interface PlacedCluster {
  /** Name within the environment. */
  readonly name: string;
  readonly eksName: string;
  /** URL of the API server. */
  readonly server: string;
  /** Kubeconfig as text. Secret. */
  readonly kubeconfig: pulumi.Output<string>;
  readonly kubernetes: KubernetesProvider;
}

/** Whose system, and where. */
export interface SystemResourcesArgs {
  readonly environment: Environment;
  readonly team: string;
  readonly system: System;
  /** The clusters that at least one of its workloads is placed on. */
  readonly clusters: readonly PlacedCluster[];
  /** How the credentials of its NATS users reach the clusters. */
  readonly delivery: DeliverySettings;
  readonly aws: AwsProvider;
}

/** What the workloads of a system need before Argo CD starts them. */
export interface SystemResources {
  /** Repository URLs by `<system>/<workload>`, for workloads that have a repository of their own. */
  readonly repositories: Readonly<Record<string, pulumi.Output<string>>>;
  readonly natsUsers: readonly IssuedNatsUser[];
  /** What brings their credentials to the clusters. */
  readonly deliveries: readonly CredentialDelivery[];
  /** What has to exist before the first pod, and to stay until the last one. */
  readonly prerequisites: readonly pulumi.Resource[];
}

/** Makes the namespaces of one system, and what each of its workloads needs. */
export function systemResources(args: SystemResourcesArgs): SystemResources {
  const { environment, team, system, delivery, aws } = args;
  const clusters = args.clusters.map((cluster) => {
    const namespace = new SystemNamespace(
      `${system.name}-${cluster.name}`,
      { environment: environment.name, team, system: system.name },
      { providers: { kubernetes: cluster.kubernetes } },
    );
    return { ...cluster, namespace: namespace.namespace, resource: namespace };
  });
  const workloads = system.workloads.map((workload) => {
    const placed = placeWorkload(workload, environment).map(({ name }) => name);
    return {
      key: workloadKey(system.name, workload.name),
      resources: workloadResources({
        environment,
        team,
        system: system.name,
        workload,
        clusters: clusters.filter(({ name }) => placed.includes(name)),
        delivery,
        aws,
      }),
    };
  });
  return {
    repositories: Object.fromEntries(
      workloads.flatMap(({ key, resources: { repositoryUrl } }) =>
        repositoryUrl === undefined ? [] : [[key, repositoryUrl]],
      ),
    ),
    natsUsers: workloads.flatMap(({ resources }) => resources.natsUsers),
    deliveries: workloads.flatMap(({ resources }) => resources.deliveries),
    prerequisites: [
      ...clusters.map(({ resource }) => resource),
      ...workloads.flatMap(({ resources }) => resources.prerequisites),
    ],
  };
}
