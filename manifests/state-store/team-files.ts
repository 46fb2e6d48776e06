import type { Environment } from "../../model/environment.ts";
import { applicationFile, clusterName, natsUserName, workloadDirectory } from "../../model/naming.ts";
import { placeWorkload } from "../../model/placement.ts";
import type { System, Team, Workload } from "../../model/team.ts";
import { workloadApplication } from "../argocd/application.ts";
import type { WorkloadIdentifiers } from "../labels.ts";
import { workloadDeployment } from "../workload/deployment.ts";
import { type NatsGeneration, natsPodSettings } from "../workload/nats.ts";
import { workloadDisruptionBudget } from "../workload/pod-disruption-budget.ts";
import { workloadService } from "../workload/service.ts";
import { workloadServiceAccount } from "../workload/service-account.ts";
import { toYaml } from "../yaml.ts";

/** What is known of a team's workloads only when their resources exist. */
export interface TeamFacts {
  /** Image repository of each workload that has one of its own, by {@link workloadKey}. */
  readonly repositories: Readonly<Record<string, string>>;
  /** Present credentials of each NATS user, by the user's name in the NATS account. */
  readonly natsGenerations: Readonly<Record<string, NatsGeneration>>;
  /** What brings the credentials to the clusters by way of the state store: text by path below the team's directory. */
  readonly credentialFiles: Readonly<Record<string, string>>;
}

/** How a workload is told apart within its team: `<system>/<workload>`. */
export function workloadKey(system: string, workload: string): string {
  return `${system}/${workload}`;
}

/**
 * Everything that a team has in the state store: the Application and the manifests of each workload on each cluster, the
 * delivery of its credentials included.
 *
 * @returns the text of every file, by its path below the team's directory; paths in the order of the alphabet
 * @throws Error if a fact is missing: a workload's repository or a NATS user was not created
 */
export function renderTeamFiles(
  environment: Environment,
  team: Team,
  facts: TeamFacts,
): Readonly<Record<string, string>> {
  const files = team.systems.flatMap((system) =>
    system.workloads.flatMap((workload) => workloadFiles(environment, team, system, workload, facts)),
  );
  files.push(...Object.entries(facts.credentialFiles));
  return Object.fromEntries(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function workloadFiles(
  environment: Environment,
  team: Team,
  system: System,
  workload: Workload,
  facts: TeamFacts,
): (readonly [path: string, text: string])[] {
  const ids: WorkloadIdentifiers = {
    environment: environment.name,
    team: team.name,
    system: system.name,
    workload: workload.name,
  };
  const manifests = Object.entries(workloadManifests(ids, workload, environment.nats.servers, facts));
  return placeWorkload(workload, environment).flatMap((cluster) => {
    const eksName = clusterName(environment.name, cluster.name);
    const application = workloadApplication(ids, { name: cluster.name, eksName }, environment.stateStore);
    const directory = workloadDirectory(system.name, workload.name, cluster.name);
    return [
      [applicationFile(system.name, workload.name, cluster.name), toYaml(application)] as const,
      ...manifests.map(([name, manifest]) => [`${directory}/${name}.yaml`, toYaml(manifest)] as const),
    ];
  });
}

function workloadManifests(
  ids: WorkloadIdentifiers,
  workload: Workload,
  natsServers: string,
  facts: TeamFacts,
): Record<string, object> {
  const users = workload.nats.users.map(({ name }) => name);
  const generations = Object.fromEntries(
    users.flatMap((user) => {
      const generation = facts.natsGenerations[natsUserName(ids.environment, ids.system, ids.workload, user)];
      return generation === undefined ? [] : [[user, generation]];
    }),
  );
  const budget = workloadDisruptionBudget(ids, workload.replicas.min);
  return {
    deployment: workloadDeployment(ids, {
      image: `${imageRepository(ids, workload, facts)}:${workload.image.tag}`,
      port: workload.port,
      replicas: workload.replicas.min,
      variables: workload.variables,
      nats: natsPodSettings(ids, natsServers, users, generations),
    }),
    ...(budget !== undefined && { "pod-disruption-budget": budget }),
    service: workloadService(ids, workload.port),
    "service-account": workloadServiceAccount(ids),
  };
}

function imageRepository(ids: WorkloadIdentifiers, workload: Workload, facts: TeamFacts): string {
  const repository = workload.image.repository ?? facts.repositories[workloadKey(ids.system, ids.workload)];
  if (repository === undefined) {
    throw new Error(`The workload ${workloadKey(ids.system, ids.workload)} has no image repository.`);
  }
  return repository;
}
