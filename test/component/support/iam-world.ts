import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runSimulation } from "@cloud-copilot/iam-simulate";
import type { Environment } from "../../../model/environment.ts";
import { loadProject } from "../../../model/load.ts";
import { clusterName, managementRoleName } from "../../../model/naming.ts";
import type { Team } from "../../../model/team.ts";
import { clusterStack } from "../../../stacks/cluster.ts";
import { platformStack } from "../../../stacks/platform.ts";
import { teamStack } from "../../../stacks/team.ts";
import { type Answers, type Recording, record } from "./recorder.ts";

const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));

/** The mocks put all that they make into one account. */
const MOCKED_ACCOUNT = "000000000000";

const INSTALL_MANIFESTS = `\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: applications.argoproj.io
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-cm
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: argocd-application-controller
spec:
  template:
    spec:
      containers:
      - image: quay.io/argoproj/argocd:v3.2.0
`;

/** A statement of an IAM policy as it was rendered. */
export interface RenderedStatement {
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: unknown;
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** An IAM policy as it was rendered. */
export interface RenderedPolicy {
  readonly Version: string;
  readonly Statement: readonly RenderedStatement[];
}

/** A role that the program makes. */
export interface RenderedRole {
  readonly arn: string;
  readonly trust: RenderedPolicy;
  /** Its own policies. Those of AWS that are attached to it are AWS's to prove. */
  readonly policies: readonly RenderedPolicy[];
  /** The pods that have it by EKS Pod Identity. */
  readonly pods: readonly Pod[];
}

/** Pods of one ServiceAccount, as EKS Pod Identity knows them. */
export interface Pod {
  readonly cluster: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** All roles, by environment and logical name without `-role`, such as `dev/claims-intake`. */
export type Roles = ReadonlyMap<string, RenderedRole>;

/**
 * All roles that the stacks of environments make, with the teams of this repository and those given.
 *
 * @param environments names of files in `environments/`
 */
export async function renderRoles(environments: readonly string[], teams: readonly Team[]): Promise<Roles> {
  const directory = mkdtempSync(join(tmpdir(), "haulway-iam-"));
  const manifests = join(directory, "install.yaml");
  writeFileSync(manifests, INSTALL_MANIFESTS);
  try {
    const roles = new Map<string, RenderedRole>();
    for (const name of environments) {
      const project = loadProject(REPOSITORY, name, { variables: process.env });
      const environment = { ...project.environment, argocd: { ...project.environment.argocd, manifests } };
      for (const [key, role] of await rolesOf(environment, [...project.teams, ...teams]))
        roles.set(key, role);
    }
    return roles;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function rolesOf(environment: Environment, teams: readonly Team[]): Promise<[string, RenderedRole][]> {
  const { name } = environment;
  const answers = existingStacks(environment);
  const recordings: Recording<unknown>[] = [
    await record(() => platformStack(environment), { stack: name, answers }),
  ];
  for (const cluster of environment.workloadClusters) {
    const stack = `${name}.cluster.${cluster.name}`;
    recordings.push(await record(() => clusterStack(environment, cluster.name), { stack, answers }));
  }
  for (const team of teams) {
    const stack = `${name}.team.${team.name}`;
    recordings.push(await record(() => teamStack(environment, teams, team.name), { stack, answers }));
  }
  return recordings.flatMap((recording) => rolesIn(recording, environment));
}

function rolesIn(
  { resources }: Recording<unknown>,
  { name: environment, aws: { accountId } }: Environment,
): [string, RenderedRole][] {
  const document = (text: unknown) =>
    JSON.parse(String(text).replaceAll(MOCKED_ACCOUNT, accountId)) as RenderedPolicy;
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  return ofType("aws:iam/role:Role").map(({ name, inputs }) => {
    const physical = (inputs["name"] as string | undefined) ?? name;
    const policies = ofType("aws:iam/rolePolicy:RolePolicy").filter(
      (policy) => policy.inputs["role"] === physical,
    );
    const mockedArn = `arn:aws:iam::${MOCKED_ACCOUNT}:role/${physical}`;
    const associations = ofType("aws:eks/podIdentityAssociation:PodIdentityAssociation")
      .filter((association) => association.inputs["roleArn"] === mockedArn)
      .map((association) => association.inputs);
    const addons = ofType("aws:eks/addon:Addon").flatMap((addon) =>
      ((addon.inputs["podIdentityAssociations"] ?? []) as Record<string, unknown>[])
        .filter(({ roleArn }) => roleArn === mockedArn)
        .map((association) => ({
          ...association,
          clusterName: addon.inputs["clusterName"],
          namespace: "kube-system",
        })),
    );
    const role: RenderedRole = {
      arn: `arn:aws:iam::${accountId}:role/${inputs["name"] === undefined ? `${environment}-${name}` : physical}`,
      trust: document(inputs["assumeRolePolicy"]),
      policies: policies.map((policy) => document(policy.inputs["policy"])),
      pods: [...associations, ...addons].map((inputs: Readonly<Record<string, unknown>>) => ({
        cluster: String(inputs["clusterName"]),
        namespace: String(inputs["namespace"]),
        serviceAccount: String(inputs["serviceAccount"]),
      })),
    };
    return [`${environment}/${name.replace(/-role$/, "")}`, role];
  });
}

/** The outputs of the platform and cluster stacks. */
function existingStacks(environment: Environment): Answers {
  const { name, aws, platformCluster, workloadClusters } = environment;
  const outputs = (cluster: string) => ({
    name: clusterName(name, cluster),
    arn: `arn:aws:eks:${aws.region}:${aws.accountId}:cluster/${clusterName(name, cluster)}`,
    endpoint: "https://cluster.test",
    certificateAuthority: "Y2E=",
    kubeconfig: "kubeconfig",
  });
  const stacks: Record<string, object> = {
    [name]: {
      cluster: outputs(platformCluster.name),
      argocd: {
        namespace: "argocd",
        managementRoleArn: `arn:aws:iam::${aws.accountId}:role/${managementRoleName(name)}`,
      },
      network: { vpcId: "vpc" },
    },
    ...Object.fromEntries(
      workloadClusters.map((cluster) => [
        `${name}.cluster.${cluster.name}`,
        { cluster: outputs(cluster.name), labels: cluster.labels },
      ]),
    ),
  };
  return {
    "pulumi:pulumi:readStackOutputs": ({ name: qualified }) => ({
      name: qualified,
      outputs: stacks[String(qualified).split("/").at(-1) ?? ""] ?? {},
    }),
  };
}

/** Something that somebody tries to do. */
export interface Attempt {
  /** A role by its key, an ARN, or an AWS service. */
  readonly who: string;
  readonly action: string;
  /** A role by its key, or an ARN. */
  readonly on: string;
  readonly context?: Readonly<Record<string, string>>;
  /** Who may use the resource, as far as the resource says; a role of the program says it itself. */
  readonly accessPolicy?: object;
}

/** Whether AWS would let it happen. */
export async function isAllowed(roles: Roles, attempt: Attempt): Promise<boolean> {
  const actor = roles.get(attempt.who);
  const target = roles.get(attempt.on);
  const resource = target?.arn ?? attempt.on;
  const accountId = resource.split(":")[4] || (actor?.arn.split(":")[4] ?? "");
  const result = await runSimulation(
    {
      request: {
        principal: actor?.arn ?? attempt.who,
        action: attempt.action,
        resource: { resource, accountId },
        contextVariables: { ...attempt.context },
      },
      identityPolicies: (actor?.policies ?? []).map((policy, index) => ({ name: `policy ${index}`, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: target?.trust ?? attempt.accessPolicy,
    },
    {},
  );
  if (result.resultType === "error") throw new Error(JSON.stringify({ attempt, errors: result.errors }));
  return result.overallResult === "Allowed";
}
