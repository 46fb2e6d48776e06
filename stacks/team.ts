import * as pulumi from "@pulumi/pulumi";
import { StateStoreDirectory } from "../components/gitops/state-store-directory.ts";
import { SystemApplication } from "../components/gitops/system-application.ts";
import { TeamProject } from "../components/gitops/team-project.ts";
import { renderTeamFiles } from "../manifests/state-store/team-files.ts";
import type { Environment } from "../model/environment.ts";
import { applicationName, stateStoreTeamDirectory, systemApplicationName } from "../model/naming.ts";
import { placeWorkload } from "../model/placement.ts";
import type { System, Team } from "../model/team.ts";
import { UserError } from "../model/user-error.ts";
import type { OutputsOf, TeamOutputs } from "./contracts.ts";
import { awsProvider, kubernetesProvider } from "./providers.ts";
import { readClusterOutputs, readPlatformOutputs } from "./stack-outputs.ts";
import { type PlacedCluster, systemResources } from "./system-resources.ts";

/**
 * The stack `<environment>.team.<name>`: everything that one team owns in the environment.
 *
 * In the order of creation: what the pods need (namespaces, roles, credentials), the fence (AppProject), the manifests in the
 * state store, and last the Applications that make Argo CD read them. A destroy goes the other way round, and waits for Argo
 * CD to have removed the workloads before anything they stand on is taken away.
 *
 * @throws UserError if there is no such team, or a stack it needs does not exist
 */
export async function teamStack(
  environment: Environment,
  teams: readonly Team[],
  name: string,
): Promise<OutputsOf<TeamOutputs>> {
  const team = findTeam(environment, teams, name);
  const names = [...new Set(team.systems.flatMap((system) => clustersOf(system, environment)))].sort();
  const [platform, clusters] = await Promise.all([
    readPlatformOutputs(environment.name),
    Promise.all(names.map((cluster) => connectCluster(environment.name, cluster))),
  ]);
  const aws = awsProvider(environment);
  const hub = kubernetesProvider(environment.platformCluster.name, platform.cluster);

  const systems = team.systems.map((system) => ({
    system,
    clusters: clusters.filter((cluster) => clustersOf(system, environment).includes(cluster.name)),
  }));
  const resources = systems.map(({ system, clusters }) =>
    systemResources({ environment, team: team.name, system, clusters, aws }),
  );
  const project = new TeamProject(
    team.name,
    {
      environment: environment.name,
      team: team.name,
      stateStoreUrl: environment.stateStore.url,
      placements: systems.map(({ system, clusters }) => ({
        system: system.name,
        clusters: clusters.map(({ eksName, server }) => ({ name: eksName, server })),
      })),
    },
    { providers: { kubernetes: hub } },
  );

  const repositories = Object.fromEntries(resources.flatMap((system) => Object.entries(system.repositories)));
  const natsUsers = resources.flatMap((system) => system.natsUsers);
  const { url, branch, credentials } = environment.stateStore;
  const stateStore = new StateStoreDirectory(
    team.name,
    {
      url,
      branch,
      username: credentials.username,
      passwordFrom: credentials.passwordFrom,
      directory: stateStoreTeamDirectory(team.name),
      files: pulumi.all([repositories, natsUsers]).apply(([repositories, users]) =>
        renderTeamFiles(environment, team, {
          repositories,
          natsGenerations: Object.fromEntries(users.map((user) => [user.name, user])),
        }),
      ),
      message: `Render team ${team.name} for environment ${environment.name}`,
    },
    // Argo CD acts on a commit at once: everything that the pods need and the project allows has to be there before it.
    { dependsOn: [project, ...resources.flatMap((system) => system.prerequisites)] },
  );
  for (const { system } of systems) {
    new SystemApplication(
      system.name,
      { environment: environment.name, team: team.name, system: system.name, stateStore: { url, branch } },
      { providers: { kubernetes: hub }, dependsOn: [stateStore] },
    );
  }
  return {
    applications: applicationNames(environment, team),
    repositories,
    natsUsers,
    stateStoreCommit: stateStore.commit,
  };
}

async function connectCluster(environment: string, name: string): Promise<PlacedCluster> {
  const { cluster } = await readClusterOutputs(environment, name);
  return {
    name,
    eksName: cluster.name,
    server: cluster.endpoint,
    kubernetes: kubernetesProvider(name, cluster),
  };
}

/** Names of the clusters that at least one workload of a system is placed on. */
function clustersOf(system: System, environment: Environment): string[] {
  return system.workloads.flatMap((workload) =>
    placeWorkload(workload, environment).map((cluster) => cluster.name),
  );
}

/** Names of the team's Applications in Argo CD's namespace, sorted: one of each system, and one of each workload on each cluster. */
function applicationNames(environment: Environment, team: Team): string[] {
  return team.systems
    .flatMap((system) => [
      systemApplicationName(system.name),
      ...system.workloads.flatMap((workload) =>
        placeWorkload(workload, environment).map((cluster) =>
          applicationName(system.name, workload.name, cluster.name),
        ),
      ),
    ])
    .sort();
}

function findTeam(environment: Environment, teams: readonly Team[], name: string): Team {
  const team = teams.find((candidate) => candidate.name === name);
  if (team !== undefined) return team;
  throw new UserError(
    `There is no team "${name}", expected one of: ${teams.map((candidate) => candidate.name).join(", ") || "teams/ is empty"}. ` +
      `To remove what a former team owns: haulway up ${environment.name}`,
  );
}
