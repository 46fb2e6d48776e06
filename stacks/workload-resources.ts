import type { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import type { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import type * as pulumi from "@pulumi/pulumi";
import { WorkloadIdentity } from "../components/identity/workload-identity.ts";
import type { CredentialDelivery } from "../components/nats/deliveries/credential-delivery.ts";
import type { DeliverySettings } from "../components/nats/deliveries/deliver-credentials.ts";
import { WorkloadRepository } from "../components/registry/workload-repository.ts";
import type { Environment } from "../model/environment.ts";
import { namespaceName, repositoryName, serviceAccountName, workloadRoleName } from "../model/naming.ts";
import type { Workload } from "../model/team.ts";
import { type IssuedNatsUser, natsUserResources } from "./nats-user-resources.ts";

/** A cluster that a workload is placed on. */
export interface WorkloadCluster {
  /** Name within the environment. */
  readonly name: string;
  readonly eksName: string;
  readonly kubernetes: KubernetesProvider;
  /** The namespace of the workload's system on it, known when it exists. */
  readonly namespace: pulumi.Input<string>;
}

/** Whose workload, and where. */
export interface WorkloadResourcesArgs {
  readonly environment: Environment;
  readonly team: string;
  readonly system: string;
  readonly workload: Workload;
  readonly clusters: readonly WorkloadCluster[];
  /** How the credentials of its NATS users reach the clusters. */
  readonly delivery: DeliverySettings;
  readonly aws: AwsProvider;
}

/** What a workload needs before Argo CD starts it. */
export interface WorkloadResources {
  /** URL of the workload's own repository; undefined if it takes its image from elsewhere. */
  readonly repositoryUrl: pulumi.Output<string> | undefined;
  readonly natsUsers: readonly IssuedNatsUser[];
  /** What brings their credentials to the clusters. */
  readonly deliveries: readonly CredentialDelivery[];
  /** What has to exist before the first pod, and to stay until the last one. */
  readonly prerequisites: readonly pulumi.Resource[];
}

/** Makes the repository, role and NATS users of one workload, and delivers the credentials to the clusters it is placed on. */
export function workloadResources(args: WorkloadResourcesArgs): WorkloadResources {
  const { environment, team, system, workload, clusters, delivery, aws } = args;
  const name = `${system}-${workload.name}`;
  const repository =
    workload.image.repository === undefined
      ? new WorkloadRepository(
          name,
          { repositoryName: repositoryName(environment.name, system, workload.name) },
          { providers: { aws } },
        )
      : undefined;
  const identity = new WorkloadIdentity(
    name,
    {
      roleName: workloadRoleName(environment.name, system, workload.name),
      namespace: namespaceName(system),
      serviceAccount: serviceAccountName(workload.name),
      clusters,
      permissions: workload.permissions,
    },
    { providers: { aws } },
  );
  const users = workload.nats.users.map((spec) =>
    natsUserResources({
      environment,
      workload: { environment: environment.name, team, system, workload: workload.name },
      spec,
      clusters,
      delivery,
      aws,
    }),
  );
  return {
    repositoryUrl: repository?.url,
    natsUsers: users.map(({ issued }) => issued),
    deliveries: users.map(({ delivery }) => delivery),
    prerequisites: [
      ...(repository === undefined ? [] : [repository]),
      identity,
      ...users.flatMap(({ delivery }) => delivery.resources),
    ],
  };
}
