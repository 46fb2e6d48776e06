import type { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import type { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import type * as pulumi from "@pulumi/pulumi";
import { WorkloadIdentity } from "../components/identity/workload-identity.ts";
import { NatsCredentials } from "../components/nats/nats-credentials.ts";
import { NatsUser } from "../components/nats/nats-user.ts";
import { WorkloadRepository } from "../components/registry/workload-repository.ts";
import { NATS_CREDS_KEY } from "../manifests/workload/nats.ts";
import type { Environment } from "../model/environment.ts";
import {
  namespaceName,
  natsUserName,
  repositoryName,
  serviceAccountName,
  workloadRoleName,
} from "../model/naming.ts";
import type { NatsUserSpec, Workload } from "../model/team.ts";

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
  readonly aws: AwsProvider;
}

/** A NATS user as the state store and the stack's outputs need to know it. */
export interface IssuedNatsUser {
  /** Name in the NATS account. */
  readonly name: string;
  readonly publicKey: pulumi.Output<string>;
  /** In seconds since 1970. */
  readonly issuedAt: pulumi.Output<number>;
}

/** What a workload needs before Argo CD starts it. */
export interface WorkloadResources {
  /** URL of the workload's own repository; undefined if it takes its image from elsewhere. */
  readonly repositoryUrl: pulumi.Output<string> | undefined;
  readonly natsUsers: readonly IssuedNatsUser[];
  /** What has to exist before the first pod, and to stay until the last one. */
  readonly prerequisites: readonly pulumi.Resource[];
}

/** Makes the repository, role and NATS users of one workload, and delivers the credentials to the clusters it is placed on. */
export function workloadResources(args: WorkloadResourcesArgs): WorkloadResources {
  const { environment, system, workload, clusters, aws } = args;
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
  const users = workload.nats.users.map((spec) => issueNatsUser(args, spec));
  return {
    repositoryUrl: repository?.url,
    natsUsers: users.map(({ issued }) => issued),
    prerequisites: [
      ...(repository === undefined ? [] : [repository]),
      identity,
      ...users.flatMap(({ deliveries }) => deliveries),
    ],
  };
}

function issueNatsUser(
  { environment, team, system, workload, clusters }: WorkloadResourcesArgs,
  spec: NatsUserSpec,
): { issued: IssuedNatsUser; deliveries: NatsCredentials[] } {
  const logicalName = `${system}-${workload.name}-${spec.name}`;
  const name = natsUserName(environment.name, system, workload.name, spec.name);
  const user = new NatsUser(logicalName, {
    user: `${system}/${workload.name}/${spec.name}`,
    name,
    environment: environment.name,
    issuer: { kind: "synadia", parallelCalls: 8, ...environment.nats.synadia },
    publish: spec.publish,
    subscribe: spec.subscribe,
    respond: false,
    inbox: `_INBOX.${name}`,
    expires: 0,
    rotation: { every: 0, overlap: 86_400, epoch: "0" },
    consumers: clusters.map((cluster) => `Deployment ${system}/${workload.name} on ${cluster.name}`),
  });
  const deliveries = clusters.map(
    (cluster) =>
      new NatsCredentials(
        `${logicalName}-${cluster.name}`,
        {
          workload: { environment: environment.name, team, system, workload: workload.name },
          user: spec.name,
          namespace: cluster.namespace,
          creds: user.creds.apply((files) => files[NATS_CREDS_KEY] ?? ""),
        },
        { providers: { kubernetes: cluster.kubernetes } },
      ),
  );
  return { issued: { name, publicKey: user.publicKey, issuedAt: user.issuedAt }, deliveries };
}
