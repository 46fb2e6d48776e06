import {
  applicationName,
  clusterName,
  clusterRoleName,
  managementRoleName,
  natsSecretName,
  repositoryName,
  stackName,
  systemApplicationName,
  workloadRoleName,
} from "../naming.ts";
import type { Problem } from "../user-error.ts";
import { declaredSystems, declaredWorkloads } from "./declared-workloads.ts";
import { declaredClusters } from "./environment-rules.ts";
import {
  type EnvironmentFile,
  type FieldPlace,
  forEachRepeated,
  formatPlace,
  problemOf,
  type TeamFile,
  validItems,
} from "./input-file.ts";

/** A name that Haulway makes of names in the files. */
interface DerivedName extends FieldPlace {
  /** What it names, such as "the IAM role". Names of one kind must differ from each other. */
  readonly kind: string;
  readonly name: string;
  /** The names it is made of. The same ones again are a repetition that another rule reports. */
  readonly parts: readonly string[];
  readonly limit?: { readonly of: string; readonly length: number };
}

const IAM_ROLE = { of: "AWS", length: 64 };
const EKS_CLUSTER = { of: "AWS", length: 100 };
const ECR_REPOSITORY = { of: "AWS", length: 256 };
const PULUMI_STACK = { of: "Pulumi", length: 100 };
const KUBERNETES_ANNOTATION = { of: "Kubernetes", length: 63 };

/** What is wrong with names that Haulway derives from an environment alone. */
export function checkEnvironmentNames(environment: EnvironmentFile): readonly Problem[] {
  return checkNames(clusterNames(environment));
}

/** What is wrong with names that Haulway derives from teams alone. */
export function checkTeamNames(teams: readonly TeamFile[]): readonly Problem[] {
  return checkNames(natsNames(teams));
}

/** What is wrong with names that Haulway derives from an environment and its teams together. */
export function checkDerivedNames(
  environment: EnvironmentFile,
  teams: readonly TeamFile[],
): readonly Problem[] {
  const names = [
    ...clusterNames(environment),
    ...teamStackNames(environment, teams),
    ...workloadNames(environment, teams),
    ...applicationNames(environment, teams),
    ...deliveryNames(environment, teams),
  ];
  return [...checkLengths(names.filter(({ file }) => file !== environment)), ...checkCollisions(names)];
}

/** Lengths and collisions. */
function checkNames(names: readonly DerivedName[]): readonly Problem[] {
  return [...checkLengths(names), ...checkCollisions(names)];
}

function* checkLengths(names: readonly DerivedName[]): Generator<Problem> {
  for (const derived of names) {
    const { kind, name, limit } = derived;
    if (limit === undefined || name.length <= limit.length) continue;
    const excess = name.length - limit.length;
    const problem = `makes ${kind} "${name}", which has ${name.length} characters where ${limit.of} allows ${limit.length}`;
    yield problemOf(
      derived,
      problem,
      `names that are ${excess} ${excess === 1 ? "character" : "characters"} shorter in all`,
    );
  }
}

/** Two places can make one name in different ways, as `a-b` with `c` and `a` with `b-c` do. */
function checkCollisions(names: readonly DerivedName[]): readonly Problem[] {
  const problems: Problem[] = [];
  for (const kind of new Set(names.map((derived) => derived.kind))) {
    const ofKind = names.filter((derived) => derived.kind === kind);
    const reported = new Set<string>();
    forEachRepeated(ofKind, (repeated, first) => {
      if (repeated.parts.join("/") === first.parts.join("/")) return;
      const places = `${formatPlace(repeated)} ${formatPlace(first)}`;
      if (reported.has(places)) return;
      reported.add(places);
      const problem = `makes ${kind} "${repeated.name}", which ${formatPlace(first)} makes too`;
      problems.push(problemOf(repeated, problem, "names that stay different when joined by hyphens"));
    });
  }
  return problems;
}

function clusterNames(file: EnvironmentFile): readonly DerivedName[] {
  const management: DerivedName = {
    file,
    path: ["metadata", "name"],
    parts: [file.name],
    kind: "the IAM role",
    name: managementRoleName(file.name),
    limit: IAM_ROLE,
  };
  const ofClusters = declaredClusters(file).flatMap(({ path, cluster }) => {
    if (cluster.name === undefined) return [];
    const place = { file, path: [...path, "name"], parts: [file.name, cluster.name] };
    const stack = stackName({ environment: file.name, kind: "cluster", name: cluster.name });
    return [
      {
        ...place,
        kind: "the EKS cluster",
        name: clusterName(file.name, cluster.name),
        limit: EKS_CLUSTER,
      },
      {
        ...place,
        kind: "the IAM role",
        name: clusterRoleName(file.name, cluster.name),
        limit: IAM_ROLE,
      },
      { ...place, kind: "the stack", name: stack, limit: PULUMI_STACK },
    ];
  });
  return [management, ...ofClusters];
}

function teamStackNames(environment: EnvironmentFile, teams: readonly TeamFile[]): readonly DerivedName[] {
  return teams.map((file) => ({
    file,
    path: ["metadata", "name"],
    parts: [file.name],
    kind: "the stack",
    name: stackName({ environment: environment.name, kind: "team", name: file.name }),
    limit: PULUMI_STACK,
  }));
}

function workloadNames(environment: EnvironmentFile, teams: readonly TeamFile[]): readonly DerivedName[] {
  return declaredWorkloads(teams).flatMap(({ file, path, system, workload }) => {
    if (system.name === undefined || workload.name === undefined) return [];
    const parts = [environment.name, system.name, workload.name] as const;
    const place = { file, path: [...path, "name"], parts };
    return [
      { ...place, kind: "the IAM role", name: workloadRoleName(...parts), limit: IAM_ROLE },
      { ...place, kind: "the ECR repository", name: repositoryName(...parts), limit: ECR_REPOSITORY },
    ];
  });
}

/** Applications of systems and workloads lie in one namespace. Every cluster counts, so that a placement can change at any time. */
function applicationNames(environment: EnvironmentFile, teams: readonly TeamFile[]): readonly DerivedName[] {
  const kind = "the Argo CD Application";
  const clusters = [...validItems(environment.content?.spec?.workloadClusters)];
  const ofSystems = declaredSystems(teams).flatMap(({ file, path, system: { name } }) =>
    name === undefined
      ? []
      : [{ file, path: [...path, "name"], kind, name: systemApplicationName(name), parts: [name] }],
  );
  const ofWorkloads = declaredWorkloads(teams).flatMap(({ file, path, system, workload }) =>
    clusters.flatMap(([, cluster]) => {
      if (system.name === undefined || workload.name === undefined || cluster.name === undefined) return [];
      const parts = [system.name, workload.name, cluster.name] as const;
      return [{ file, path: [...path, "name"], kind, name: applicationName(...parts), parts }];
    }),
  );
  return [...ofSystems, ...ofWorkloads];
}

/** What brings a user's creds to one cluster is one resource of the team's stack. Every cluster counts here too. */
function deliveryNames(environment: EnvironmentFile, teams: readonly TeamFile[]): readonly DerivedName[] {
  const clusters = [...validItems(environment.content?.spec?.workloadClusters)];
  return natsResourceNames(teams).flatMap((user) =>
    clusters.flatMap(([, { name }]) => {
      if (name === undefined) return [];
      const kind = `in the stack of team ${user.file.name} the delivery of creds`;
      return [{ ...user, kind, name: `${user.name}-${name}`, parts: [user.name, name] }];
    }),
  );
}

function natsNames(teams: readonly TeamFile[]): readonly DerivedName[] {
  return [
    ...natsResourceNames(teams),
    ...namedUsers(teams).flatMap(({ names: [system, workload, user], ...place }) => [
      { ...place, kind: `in namespace ${system} the Secret`, name: natsSecretName(workload, user) },
      {
        ...place,
        kind: `in workload ${system}/${workload} the annotation`,
        name: `nats-${user}`,
        limit: KUBERNETES_ANNOTATION,
      },
    ]),
  ];
}

function natsResourceNames(teams: readonly TeamFile[]): readonly DerivedName[] {
  return namedUsers(teams).map(({ names, ...place }) => ({
    ...place,
    kind: `in the stack of team ${place.file.name} the NATS user`,
    name: names.join("-"),
  }));
}

/** The NATS users whose names are valid: of the system, the workload and the user. */
function namedUsers(teams: readonly TeamFile[]) {
  return declaredWorkloads(teams).flatMap(({ file, path, system, workload }) =>
    [...validItems(workload.nats?.users)].flatMap(([index, { name }]) => {
      if (name === undefined || workload.name === undefined || system.name === undefined) return [];
      const names = [system.name, workload.name, name] as const;
      return [{ file, path: [...path, "nats", "users", index, "name"], parts: names, names }];
    }),
  );
}
