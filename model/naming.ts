import { UserError } from "./user-error.ts";

/** Which stack of which environment. `name` is the cluster's or the team's; the platform stack has none. */
export type StackReference =
  | { readonly environment: string; readonly kind: "platform"; readonly name?: undefined }
  | { readonly environment: string; readonly kind: "cluster" | "team"; readonly name: string };

/** A name as Haulway takes it: an RFC 1035 label, so that it can be a namespace, a Service, a label and part of an AWS name. */
export const NAME_PATTERN = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

const STACK_NAME = /^(?<environment>[^.]+)(?:\.(?<kind>cluster|team)\.(?<name>[^.]+))?$/;

/**
 * Reads a stack's name: `<environment>`, `<environment>.cluster.<cluster>` or `<environment>.team.<team>`.
 *
 * @throws UserError if the name has another form, or a part of it is not a name.
 */
export function parseStackName(stack: string): StackReference {
  const { environment, kind, name } = STACK_NAME.exec(stack)?.groups ?? {};
  if (environment !== undefined && NAME_PATTERN.test(environment)) {
    if (kind === undefined || name === undefined) return { environment, kind: "platform" };
    if (NAME_PATTERN.test(name)) return { environment, kind: kind === "team" ? "team" : "cluster", name };
  }
  throw new UserError(
    `Stack "${stack}" is none of Haulway's: expected <environment>, <environment>.cluster.<cluster> or <environment>.team.<team>, ` +
      `such as "dev", "dev.cluster.workload-a" or "dev.team.claims". Select another one with: pulumi stack select <name>`,
  );
}

/** The name of the stack: the inverse of {@link parseStackName}. */
export function stackName(stack: StackReference): string {
  return stack.kind === "platform" ? stack.environment : `${stack.environment}.${stack.kind}.${stack.name}`;
}

/** Name of the EKS cluster, at most 100 characters. */
export function clusterName(environment: string, cluster: string): string {
  return `${environment}-${cluster}`;
}

/** Name of the workload's ECR repository, at most 256 characters. */
export function repositoryName(environment: string, system: string, workload: string): string {
  return `${environment}/${system}/${workload}`;
}

/** Name of the IAM role that the workload's pods assume, at most 64 characters. */
export function workloadRoleName(environment: string, system: string, workload: string): string {
  return `${environment}-${system}-${workload}`;
}

/** Name of the IAM role that Argo CD's pods have on the platform cluster, at most 64 characters. */
export function managementRoleName(environment: string): string {
  return `${environment}-argocd`;
}

/** Name of the IAM role by which Argo CD reaches one cluster, at most 64 characters. */
export function clusterRoleName(environment: string, cluster: string): string {
  return `${clusterName(environment, cluster)}-argocd`;
}

/** The namespace of a system, the same on every workload cluster. */
export function namespaceName(system: string): string {
  return system;
}

/** The ServiceAccount of a workload, in the namespace of its system. */
export function serviceAccountName(workload: string): string {
  return workload;
}

/** Name of a NATS user in the NATS account; unique over all environments that share the account. */
export function natsUserName(environment: string, system: string, workload: string, user: string): string {
  return `${environment}.${system}.${workload}.${user}`;
}

/** What people call a NATS user, the same in every environment: `claims/intake/publisher`. */
export function natsUserReference(system: string, workload: string, user: string): string {
  return `${system}/${workload}/${user}`;
}

/** What the subjects of a NATS user's own inboxes begin with, without the dot that follows. Every user has another one. */
export function natsInboxPrefix(environment: string, system: string, workload: string, user: string): string {
  return `_INBOX.${natsUserName(environment, system, workload, user)}`;
}

/** What the names of all secrets begin with that Haulway keeps in AWS Secrets Manager, of all environments. */
export const SECRETS_MANAGER_PREFIX = "haulway/";

/** Name of the secret in AWS Secrets Manager that holds a NATS user's creds, at most 512 characters. */
export function secretsManagerName(
  environment: string,
  system: string,
  workload: string,
  user: string,
): string {
  return `${SECRETS_MANAGER_PREFIX}${environment}/${system}/${workload}/${user}`;
}

/** The Secret that holds a NATS user's creds under the key `nats.creds`, in the namespace of the system. */
export function natsSecretName(workload: string, user: string): string {
  return `${workload}-nats-${user}`;
}

/** The file that brings a NATS user's creds to a workload on a cluster, relative to the team's directory in the state store. */
export function credentialFile(system: string, workload: string, cluster: string, user: string): string {
  return `${workloadDirectory(system, workload, cluster)}/nats-${user}.yaml`;
}

/** The Argo CD Application of one workload on one cluster. */
export function applicationName(system: string, workload: string, cluster: string): string {
  return `${system}-${workload}-${cluster}`;
}

/** The Argo CD Application of a system: the parent of the Applications of its workloads. */
export function systemApplicationName(system: string): string {
  return system;
}

/** The Argo CD AppProject of a team. */
export function projectName(team: string): string {
  return `team-${team}`;
}

/** The directory of the state store that belongs to a team alone. */
export function stateStoreTeamDirectory(team: string): string {
  return `teams/${team}`;
}

/** The file of one workload's Application, relative to the team's directory in the state store. */
export function applicationFile(system: string, workload: string, cluster: string): string {
  return `${applicationsDirectory(system)}/${applicationName(system, workload, cluster)}.yaml`;
}

/** The directory with the Applications of a system, relative to the team's directory in the state store. */
export function applicationsDirectory(system: string): string {
  return `systems/${system}/applications`;
}

/** The directory with the manifests of a workload for one cluster, relative to the team's directory in the state store. */
export function workloadDirectory(system: string, workload: string, cluster: string): string {
  return `systems/${system}/workloads/${workload}/${cluster}`;
}
