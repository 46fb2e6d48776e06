import * as pulumi from "@pulumi/pulumi";
import { StateStoreDirectory } from "../components/gitops/state-store-directory.ts";
import { SystemApplication } from "../components/gitops/system-application.ts";
import { TeamProject } from "../components/gitops/team-project.ts";
import { CredentialRetirement } from "../components/nats/credential-retirement.ts";
import type { CredentialDelivery } from "../components/nats/deliveries/credential-delivery.ts";
import { renderTeamFiles } from "../manifests/state-store/team-files.ts";
import type { Environment } from "../model/environment.ts";
import { applicationName, stateStoreTeamDirectory, systemApplicationName } from "../model/naming.ts";
import { natsIssuer } from "../model/nats.ts";
import { placeWorkload } from "../model/placement.ts";
import type { System, Team } from "../model/team.ts";
import { UserError } from "../model/user-error.ts";
import type { OutputsOf, TeamOutputs } from "./contracts.ts";
import { loadDeliverySettings } from "./delivery-settings.ts";
import type { IssuedNatsUser } from "./nats-user-resources.ts";
import { awsProvider, kubernetesProvider } from "./providers.ts";
import { readClusterOutputs, readPlatformOutputs } from "./stack-outputs.ts";
import { type PlacedCluster, systemResources } from "./system-resources.ts";

/**
 * The stack `<environment>.team.<name>`: everything that one team owns in the environment.
 *
 * In the order of creation: what the pods need (namespaces, roles, credentials), the fence (AppProject), the manifests in the
 * state store, the Applications that make Argo CD read them, and last the end of credentials that no pod uses any more. A
 * destroy goes the other way round, and waits for Argo CD to have removed the workloads before anything they stand on is taken
 * away.
 *
 * @throws UserError if there is no such team, a stack it needs does not exist, or a certificate cannot be read
 */
export async function teamStack(
  environment: Environment,
  teams: readonly Team[],
  name: string,
): Promise<OutputsOf<TeamOutputs>> {
  const team = findTeam(environment, teams, name);
  const names = [...new Set(team.systems.flatMap((system) => clustersOf(system, environment)))].sort();
  const [delivery, platform, clusters] = await Promise.all([
    loadDeliverySettings(environment.nats),
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
    systemResources({ environment, team: team.name, system, clusters, delivery, aws }),
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
      files: pulumi
        .all([
          repositories,
          generationsOf(natsUsers),
          filesOf(resources.flatMap(({ deliveries }) => deliveries)),
        ])
        .apply(([repositories, natsGenerations, credentialFiles]) =>
          renderTeamFiles(environment, team, { repositories, natsGenerations, credentialFiles }),
        ),
      message: `Render team ${team.name} for environment ${environment.name}`,
    },
    // Argo CD acts on a commit at once: everything that the pods need and the project allows has to be there before it.
    { dependsOn: [project, ...resources.flatMap((system) => system.prerequisites)] },
  );
  const applications = systems.map(
    ({ system }) =>
      new SystemApplication(
        system.name,
        { environment: environment.name, team: team.name, system: system.name, stateStore: { url, branch } },
        { providers: { kubernetes: hub }, dependsOn: [stateStore] },
      ),
  );
  const retirement =
    natsUsers.length === 0
      ? undefined
      : new CredentialRetirement(
          team.name,
          {
            issuer: natsIssuer(environment.nats),
            users: natsUsers.map(({ user, name, publicKey, issuedAt, superseded, consumers }) => ({
              user,
              name,
              publicKey,
              issuedAt,
              superseded,
              consumers,
            })),
            kubeconfigs: kubeconfigsOf(natsUsers, clusters),
          },
          // Pods roll when Argo CD has applied the commit; only then are their former credentials of no use.
          { dependsOn: [stateStore, ...applications] },
        );
  return {
    applications: applicationNames(environment, team),
    repositories,
    natsUsers: natsUsers.map(natsUserOutputs),
    retiredCredentials: retirement?.retired ?? {},
    stateStoreCommit: stateStore.commit,
  };
}

/** The present generation of each NATS user, by its name in the NATS account. */
function generationsOf(users: readonly IssuedNatsUser[]) {
  return pulumi.output(
    Object.fromEntries(users.map(({ name, publicKey, issuedAt }) => [name, { publicKey, issuedAt }])),
  );
}

/** What all deliveries want in the state store. */
function filesOf(deliveries: readonly CredentialDelivery[]): pulumi.Output<Readonly<Record<string, string>>> {
  return pulumi
    .all(deliveries.map(({ files }) => files))
    .apply((files) => Object.fromEntries(files.flatMap((of) => Object.entries(of))));
}

/** The kubeconfigs of the clusters on which somebody uses credentials of these users. */
function kubeconfigsOf(
  users: readonly IssuedNatsUser[],
  clusters: readonly PlacedCluster[],
): Record<string, pulumi.Output<string>> {
  const used = new Set(users.flatMap(({ consumers }) => consumers.map(({ cluster }) => cluster)));
  return Object.fromEntries(
    clusters.filter(({ name }) => used.has(name)).map(({ name, kubeconfig }) => [name, kubeconfig]),
  );
}

/** What the stack tells of a NATS user. */
function natsUserOutputs(issued: IssuedNatsUser): OutputsOf<TeamOutputs["natsUsers"][number]> {
  const { consumers: _consumers, superseded, ...rest } = issued;
  return {
    ...rest,
    superseded: superseded.apply((generations) =>
      generations.map(({ publicKey, issuedAt, retireAt }) => ({ publicKey, issuedAt, retireAt })),
    ),
  };
}

async function connectCluster(environment: string, name: string): Promise<PlacedCluster> {
  const { cluster } = await readClusterOutputs(environment, name);
  return {
    name,
    eksName: cluster.name,
    server: cluster.endpoint,
    kubeconfig: cluster.kubeconfig,
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
