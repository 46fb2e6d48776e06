// Asks an evaluator of IAM policies who can do what with the roles that the program makes, and that each part of each policy matters.
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { isUnboundedResource, WILDCARD_ALLOWANCES, wildcardAllowance } from "../../model/iam-wildcards.ts";
import type { Team } from "../../model/team.ts";
import {
  type Attempt,
  isAllowed,
  type Pod,
  type RenderedPolicy,
  type RenderedRole,
  type RenderedStatement,
  type Roles,
  renderRoles,
} from "./support/iam-world.ts";
import { testTeam, testWorkload } from "./support/inputs.ts";

const DEV = "111122223333";
const PROD = "444455556666";
const POD_IDENTITY = "pods.eks.amazonaws.com";

/** A team that asks for what is Haulway's own, by actions and ARNs that no file is refused for. */
const GREEDY: Team = {
  ...testTeam(),
  name: "greedy",
  systems: [
    {
      name: "greedy",
      workloads: [
        testWorkload({
          name: "all",
          permissions: [
            {
              actions: ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
              resources: [DEV, PROD].flatMap((account) => [
                secret(account, "haulway/*"),
                secret(account, "greedy/*"),
              ]),
            },
            {
              actions: [
                "eks:DescribeCluster",
                "eks:CreateAccessEntry",
                "eks:AssociateAccessPolicy",
                "eks:CreatePodIdentityAssociation",
              ],
              resources: [
                eks(DEV, "dev-workload-a"),
                eks(PROD, "prod-workload-a"),
                `${accessEntries(DEV, "dev")}/*`,
                `${accessEntries(PROD, "prod")}/*`,
              ],
            },
          ],
        }),
      ],
    },
  ],
};

type Row = readonly [allowed: "may" | "may not", attempt: Attempt];

function secret(account: string, name: string): string {
  return `arn:aws:secretsmanager:eu-central-1:${account}:secret:${name}`;
}

function eks(account: string, cluster: string): string {
  return `arn:aws:eks:eu-central-1:${account}:cluster/${cluster}`;
}

function accessEntries(account: string, environment: string): string {
  return `arn:aws:eks:eu-central-1:${account}:access-entry/${environment}-workload-a`;
}

/** A role that Haulway did not make, and that everybody in its account may assume who has the right to. */
function foreignRole(account: string, name: string): Pick<Attempt, "on" | "accessPolicy"> {
  return {
    on: `arn:aws:iam::${account}:role/${name}`,
    accessPolicy: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: ["sts:*"] }],
    },
  };
}

function pod(cluster: string, namespace: string, serviceAccount: string): Pod {
  return { cluster, namespace, serviceAccount };
}

function asPod({ cluster, namespace, serviceAccount }: Pod): Pick<Attempt, "who" | "context"> {
  return {
    who: POD_IDENTITY,
    context: {
      "aws:RequestTag/eks-cluster-name": cluster,
      "aws:RequestTag/kubernetes-namespace": namespace,
      "aws:RequestTag/kubernetes-service-account": serviceAccount,
    },
  };
}

const assume = (who: string, on: string): Attempt => ({ who, action: "sts:AssumeRole", on });
const assumeAsPod = (as: Pod, on: string): Attempt => ({ ...asPod(as), action: "sts:AssumeRole", on });
const act = (who: string, action: string, on: string): Attempt => ({ who, action, on });

const INTAKE_A = pod("dev-workload-a", "claims", "intake");
const OBJECTS = "arn:aws:s3:::claims-intake/letter.pdf";

const ARGO_CD: readonly Row[] = [
  ["may", assumeAsPod(pod("dev-platform", "argocd", "argocd-server"), "dev/argocd")],
  ["may", assumeAsPod(pod("dev-platform", "argocd", "argocd-application-controller"), "dev/argocd")],
  ["may", assumeAsPod(pod("dev-platform", "argocd", "argocd-applicationset-controller"), "dev/argocd")],
  ["may not", assumeAsPod(pod("dev-platform", "argocd", "argocd-repo-server"), "dev/argocd")],
  ["may not", assumeAsPod(pod("dev-platform", "argocd", "default"), "dev/argocd")],
  ["may not", assumeAsPod(pod("dev-platform", "claims", "argocd-server"), "dev/argocd")],
  ["may not", assumeAsPod(pod("dev-workload-a", "argocd", "argocd-server"), "dev/argocd")],
  ["may not", assumeAsPod(pod("prod-platform", "argocd", "argocd-server"), "dev/argocd")],
  ["may not", assumeAsPod(INTAKE_A, "dev/argocd")],

  ["may", assume("dev/argocd", "dev/workload-a")],
  ["may", assume("dev/argocd", "dev/workload-b")],
  ["may", { who: "dev/argocd", action: "sts:TagSession", on: "dev/workload-a" }],
  ["may", { ...foreignRole(DEV, "dev-workload-z-argocd"), who: "dev/argocd", action: "sts:AssumeRole" }],
  ["may", { ...foreignRole(DEV, "dev-workload-z-argocd"), who: "dev/argocd", action: "sts:TagSession" }],
  [
    "may not",
    { ...foreignRole(DEV, "dev-workload-z-argocd"), who: "dev/argocd", action: "sts:SetSourceIdentity" },
  ],
  ["may not", { ...foreignRole(DEV, "administrator"), who: "dev/argocd", action: "sts:AssumeRole" }],
  ["may not", { ...foreignRole(DEV, "administrator"), who: "dev/argocd", action: "sts:TagSession" }],
  ["may not", { ...foreignRole(DEV, "prod-workload-a-argocd"), who: "dev/argocd", action: "sts:AssumeRole" }],
  ["may not", assume("dev/argocd", "prod/workload-a")],
  ["may not", assume("dev/argocd", "prod/argocd")],
  ["may not", assume("prod/argocd", "dev/workload-a")],
  ["may not", assume("dev/argocd", "dev/claims-intake")],
  ["may not", assume("dev/argocd", "dev/workload-a-node")],
  ["may not", assume("dev/argocd", "dev/workload-a-cluster")],
  ["may not", assume("dev/argocd", "dev/argocd")],
  ["may not", act("dev/argocd", "s3:GetObject", OBJECTS)],
  ["may not", act("dev/argocd", "eks:DescribeCluster", eks(DEV, "dev-workload-a"))],
  ["may not", act("dev/argocd", "eks:CreateAccessEntry", eks(DEV, "dev-workload-a"))],
  [
    "may not",
    act(
      "dev/argocd",
      "secretsmanager:GetSecretValue",
      secret(DEV, "haulway/dev/claims/intake/publisher-AbCdEf"),
    ),
  ],
];

const CLUSTER_ROLES: readonly Row[] = [
  ["may not", { who: "dev/argocd", action: "sts:SetSourceIdentity", on: "dev/workload-a" }],
  ["may not", assume("dev/workload-b", "dev/workload-a")],
  ["may not", assume("dev/workload-a", "dev/workload-b")],
  ["may not", assume("dev/claims-intake", "dev/workload-a")],
  ["may not", assume("dev/workload-a-node", "dev/workload-a")],
  ["may not", assume(`arn:aws:iam::${DEV}:role/somebody`, "dev/workload-a")],
  ["may not", assume(`arn:aws:iam::${PROD}:role/dev-argocd`, "dev/workload-a")],
  ["may not", assume(`arn:aws:iam::${DEV}:root`, "dev/workload-a")],
  ["may not", assumeAsPod(pod("dev-platform", "argocd", "argocd-server"), "dev/workload-a")],
  ["may not", assume("ec2.amazonaws.com", "dev/workload-a")],
  // What it may do is said by EKS access entries alone.
  ["may not", act("dev/workload-a", "eks:DescribeCluster", eks(DEV, "dev-workload-a"))],
  ["may not", act("dev/workload-a", "s3:GetObject", OBJECTS)],
];

const WORKLOADS: readonly Row[] = [
  ["may", assumeAsPod(INTAKE_A, "dev/claims-intake")],
  ["may", { ...asPod(INTAKE_A), action: "sts:TagSession", on: "dev/claims-intake" }],
  ["may", assumeAsPod(pod("dev-workload-b", "claims", "intake"), "dev/claims-intake")],
  ["may not", assumeAsPod(pod("dev-platform", "claims", "intake"), "dev/claims-intake")],
  ["may not", assumeAsPod(pod("prod-workload-a", "claims", "intake"), "dev/claims-intake")],
  ["may not", assumeAsPod(pod("dev-workload-a", "quoting", "intake"), "dev/claims-intake")],
  ["may not", assumeAsPod(pod("dev-workload-a", "claims", "assessor"), "dev/claims-intake")],
  ["may not", assumeAsPod(pod("dev-workload-a", "claims", "default"), "dev/claims-intake")],
  ["may not", assumeAsPod(pod("dev-workload-a", "quoting", "calculator"), "dev/claims-intake")],
  // The assessor runs on workload-a alone, the calculator at the edge.
  ["may", assumeAsPod(pod("dev-workload-a", "claims", "assessor"), "dev/claims-assessor")],
  ["may not", assumeAsPod(pod("dev-workload-b", "claims", "assessor"), "dev/claims-assessor")],
  ["may not", assumeAsPod(pod("dev-workload-a", "quoting", "calculator"), "dev/quoting-calculator")],
  ["may", assumeAsPod(pod("dev-workload-b", "quoting", "calculator"), "dev/quoting-calculator")],

  ["may", act("dev/claims-intake", "s3:GetObject", OBJECTS)],
  ["may", act("dev/claims-intake", "s3:PutObject", OBJECTS)],
  ["may not", act("dev/claims-intake", "s3:DeleteObject", OBJECTS)],
  ["may not", act("dev/claims-intake", "s3:ListBucket", "arn:aws:s3:::claims-intake")],
  ["may not", act("dev/claims-intake", "s3:PutBucketPolicy", "arn:aws:s3:::claims-intake")],
  ["may not", act("dev/claims-intake", "s3:GetObject", "arn:aws:s3:::quoting-quotes/quote.pdf")],
  ["may not", act("dev/claims-intake", "s3:PutObject", "arn:aws:s3:::claims-intake-archive/letter.pdf")],
  ["may not", act("dev/claims-assessor", "s3:GetObject", OBJECTS)],
  ["may not", act("dev/quoting-calculator", "s3:GetObject", OBJECTS)],
  ["may not", assume("dev/claims-intake", "dev/claims-assessor")],
  ["may not", assume("dev/claims-intake", "dev/quoting-calculator")],
  ["may not", { ...foreignRole(DEV, "administrator"), who: "dev/claims-intake", action: "sts:AssumeRole" }],
  ["may not", act("dev/claims-intake", "iam:PassRole", `arn:aws:iam::${DEV}:role/dev-argocd`)],

  ["may", act("dev/greedy-all", "secretsmanager:GetSecretValue", secret(DEV, "greedy/token-AbCdEf"))],
  ["may", act("dev/greedy-all", "eks:DescribeCluster", eks(DEV, "dev-workload-a"))],
  [
    "may not",
    act(
      "dev/greedy-all",
      "secretsmanager:GetSecretValue",
      secret(DEV, "haulway/dev/claims/intake/publisher-AbCdEf"),
    ),
  ],
  [
    "may not",
    act("dev/greedy-all", "secretsmanager:PutSecretValue", secret(DEV, "haulway/dev/greedy/all/user-AbCdEf")),
  ],
  ["may not", act("dev/greedy-all", "secretsmanager:DeleteSecret", secret(DEV, "greedy/token-AbCdEf"))],
  ["may not", act("dev/greedy-all", "secretsmanager:GetSecretValue", secret(DEV, "payroll/token-AbCdEf"))],
  ["may not", act("dev/greedy-all", "eks:CreateAccessEntry", eks(DEV, "dev-workload-a"))],
  [
    "may not",
    act("dev/greedy-all", "eks:AssociateAccessPolicy", `${accessEntries(DEV, "dev")}/role/${DEV}/somebody/1`),
  ],
  ["may not", act("dev/greedy-all", "eks:CreatePodIdentityAssociation", eks(DEV, "dev-workload-a"))],
  ["may not", act("dev/greedy-all", "eks:DeleteCluster", eks(DEV, "dev-workload-a"))],
  ["may not", act("dev/greedy-all", "eks:DescribeCluster", eks(DEV, "dev-workload-b"))],
];

const SERVICES: readonly Row[] = [
  ["may", assume("eks.amazonaws.com", "dev/workload-a-cluster")],
  ["may not", assume("ec2.amazonaws.com", "dev/workload-a-cluster")],
  ["may not", { who: "eks.amazonaws.com", action: "sts:SetSourceIdentity", on: "dev/workload-a-cluster" }],
  ["may not", assumeAsPod(INTAKE_A, "dev/workload-a-cluster")],
  ["may", assume("ec2.amazonaws.com", "dev/workload-a-node")],
  ["may not", assume("eks.amazonaws.com", "dev/workload-a-node")],
  ["may not", assumeAsPod(INTAKE_A, "dev/workload-a-node")],
  ["may not", assume("dev/claims-intake", "dev/workload-a-node")],
  [
    "may not",
    act(
      "dev/workload-a-node",
      "secretsmanager:GetSecretValue",
      secret(DEV, "haulway/dev/claims/intake/publisher-AbCdEf"),
    ),
  ],
  [
    "may",
    assumeAsPod(pod("dev-workload-a", "kube-system", "ebs-csi-controller-sa"), "dev/workload-a-ebs-csi"),
  ],
  [
    "may not",
    assumeAsPod(pod("dev-workload-b", "kube-system", "ebs-csi-controller-sa"), "dev/workload-a-ebs-csi"),
  ],
  [
    "may not",
    assumeAsPod(pod("dev-workload-a", "claims", "ebs-csi-controller-sa"), "dev/workload-a-ebs-csi"),
  ],
  ["may not", assumeAsPod(INTAKE_A, "dev/workload-a-ebs-csi")],
];

function logStream(cluster: string): string {
  return `arn:aws:logs:eu-central-1:${PROD}:log-group:/haulway/prod-${cluster}/flow-logs:log-stream:eni-1`;
}

/** dev records no flows. */
const FLOW_LOGS: readonly Row[] = ["platform", "workload-a", "workload-b"].flatMap((cluster): Row[] => {
  const role = `prod/${cluster}-flow-logs`;
  const as = (who: string, account: string, action: string): Attempt => ({
    who,
    action,
    on: role,
    context: { "aws:SourceAccount": account },
  });
  return [
    ["may", as("vpc-flow-logs.amazonaws.com", PROD, "sts:AssumeRole")],
    ["may not", as("vpc-flow-logs.amazonaws.com", DEV, "sts:AssumeRole")],
    ["may not", as("vpc-flow-logs.amazonaws.com", PROD, "sts:SetSourceIdentity")],
    ["may not", as("ec2.amazonaws.com", PROD, "sts:AssumeRole")],
    ["may", act(role, "logs:PutLogEvents", logStream(cluster))],
    ["may not", act(role, "logs:PutLogEvents", logStream("another"))],
    ["may not", act(role, "logs:CreateLogStream", logStream("another"))],
    ["may not", act(role, "logs:DescribeLogStreams", logGroup("another"))],
    ["may not", act(role, "logs:DeleteLogStream", logStream(cluster))],
  ];
});

function logGroup(cluster: string): string {
  return logStream(cluster).replace(/:log-stream:.*/, "");
}

/** What holds for dev holds for prod the other way round. */
function inProduction(rows: readonly Row[]): readonly Row[] {
  const other: Readonly<Record<string, string>> = { dev: "prod", prod: "dev", [DEV]: PROD, [PROD]: DEV };
  const text = JSON.stringify(rows).replaceAll(/\b(?:dev|prod|\d{12})\b/g, (word) => other[word] ?? word);
  return JSON.parse(text) as readonly Row[];
}

const DEV_ROWS: readonly Row[] = [...ARGO_CD, ...CLUSTER_ROLES, ...WORKLOADS, ...SERVICES];
const TABLE: readonly Row[] = [...DEV_ROWS, ...FLOW_LOGS];

let roles: Roles;

beforeAll(async () => {
  vi.stubEnv("HAULWAY_STATE_STORE_PASSWORD", "hunter2");
  roles = await renderRoles(["dev", "prod"], [GREEDY]);
});

afterAll(() => {
  vi.unstubAllEnvs();
});

function describeAttempt([allowed, { who, action, on, context }]: Row): string {
  const as = context === undefined ? who : `${who} as ${Object.values(context).join("/")}`;
  return `${as} ${allowed} ${action} on ${on}`;
}

test.each(TABLE.map((row) => [describeAttempt(row), row] as const))("%s", async (_, [allowed, attempt]) => {
  expect(await isAllowed(roles, attempt)).toBe(allowed === "may");
});

/** What follows for every role of pods from who has it, and for every role of AWS services from which they are. */
function impliedRows(): readonly Row[] {
  return [...roles].flatMap(([on, { pods, trust }]): Row[] => [
    ...pods.flatMap((own): Row[] => [
      ["may", assumeAsPod(own, on)],
      ["may", { ...asPod(own), action: "sts:TagSession", on }],
      ["may not", { ...asPod(own), action: "sts:SetSourceIdentity", on }],
      ["may not", { ...asPod(own), who: "ec2.amazonaws.com", action: "sts:AssumeRole", on }],
      ["may not", assumeAsPod({ ...own, cluster: `${own.cluster}-2` }, on)],
      ["may not", assumeAsPod({ ...own, namespace: "another" }, on)],
      ["may not", assumeAsPod({ ...own, serviceAccount: "another" }, on)],
    ]),
    ["may not", assume(`arn:aws:iam::${DEV}:role/somebody`, on)],
    ["may not", assume(`arn:aws:iam::999999999999:role/somebody`, on)],
    ...trust.Statement.flatMap(({ Principal }): Row[] => {
      const service = (Principal as { Service?: string }).Service;
      return service === undefined
        ? []
        : [["may not", { who: service, action: "sts:SetSourceIdentity", on }]];
    }),
  ]);
}

test("all of it holds for production, too", async () => {
  for (const [allowed, attempt] of inProduction(DEV_ROWS)) {
    expect([attempt, await isAllowed(roles, attempt)]).toEqual([attempt, allowed === "may"]);
  }
});

test("each role of pods is for those pods that have it, and no other", async () => {
  for (const [allowed, attempt] of impliedRows()) {
    expect([attempt, await isAllowed(roles, attempt)]).toEqual([attempt, allowed === "may"]);
  }
});

interface Mutation {
  readonly title: string;
  readonly roles: Roles;
  /** The roles that it changes. */
  readonly changed: ReadonlySet<string>;
}

/** A statement in each form in which somebody may have written it by mistake; undefined: not at all. */
function* mistakesIn(statement: RenderedStatement): Generator<[string, RenderedStatement | undefined]> {
  if (statement.Effect === "Deny") {
    yield ["without the denial", undefined];
    for (const action of statement.Action) {
      yield [
        `without denying ${action}`,
        { ...statement, Action: statement.Action.filter((one) => one !== action) },
      ];
    }
    return;
  }
  for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
    for (const dropped of Object.keys(keys)) {
      const rest = Object.fromEntries(Object.entries(keys).filter(([key]) => key !== dropped));
      yield [`without ${dropped}`, { ...statement, Condition: { ...statement.Condition, [operator]: rest } }];
    }
  }
  for (const [index, action] of statement.Action.entries()) {
    const whole = action.replace(/:.*/, ":*");
    yield [`${whole} for ${action}`, { ...statement, Action: statement.Action.with(index, whole) }];
  }
  for (const [index, resource] of (statement.Resource ?? []).entries()) {
    yield [`* for ${resource}`, { ...statement, Resource: (statement.Resource ?? []).with(index, "*") }];
  }
  if (statement.Principal !== undefined) {
    yield ["for everybody", { ...statement, Principal: "*" }];
  }
}

function withStatement(role: RenderedRole, from: string, to: RenderedStatement | undefined): RenderedRole {
  const change = (policy: RenderedPolicy): RenderedPolicy => ({
    ...policy,
    Statement: policy.Statement.flatMap((statement) =>
      JSON.stringify(statement) === from ? (to === undefined ? [] : [to]) : [statement],
    ),
  });
  return { ...role, trust: change(role.trust), policies: role.policies.map(change) };
}

/** Each mistake in each statement. A statement that several roles have is written in one place, and is wrong in all of them. */
function mutations(): readonly Mutation[] {
  const holders = new Map<string, string[]>();
  for (const [key, { trust, policies }] of roles) {
    for (const statement of [trust, ...policies].flatMap((policy) => policy.Statement)) {
      const text = JSON.stringify(statement);
      holders.set(text, [...(holders.get(text) ?? []), key]);
    }
  }
  return [...holders].flatMap(([text, keys]) =>
    [...mistakesIn(JSON.parse(text) as RenderedStatement)].map(([mistake, statement]) => ({
      title: `${keys.join(", ")}: ${mistake}`,
      changed: new Set(keys),
      roles: new Map(
        [...roles].map(([key, role]) => [
          key,
          keys.includes(key) ? withStatement(role, text, statement) : role,
        ]),
      ),
    })),
  );
}

describe("the table", () => {
  test("has at least 60 rows, of which none says the same as another", () => {
    expect(TABLE.length).toBeGreaterThanOrEqual(60);
    expect(new Set(TABLE.map(describeAttempt)).size).toBe(TABLE.length);
  });

  test("notices every condition, resource, action, principal and denial that is dropped or widened", async () => {
    const rows = [...TABLE, ...inProduction(DEV_ROWS), ...impliedRows()];
    const unnoticed: string[] = [];
    const all = mutations();
    for (const mutation of all) {
      const concerned = rows.filter(
        ([, { who, on }]) => mutation.changed.has(who) || mutation.changed.has(on),
      );
      let noticed = false;
      for (const [allowed, attempt] of concerned) {
        noticed = (await isAllowed(mutation.roles, attempt)) !== (allowed === "may");
        if (noticed) break;
      }
      if (!noticed) unnoticed.push(mutation.title);
    }
    expect(unnoticed).toEqual([]);
    expect(all.some(({ title }) => title.includes("without the denial"))).toBe(true);
  });
});

test("each allowed wildcard is used", () => {
  const used = [...roles.values()].flatMap(({ policies }) =>
    policies
      .flatMap((policy) => policy.Statement)
      .flatMap(({ Effect, Action, Resource = [] }) =>
        Resource.filter((resource) => Effect === "Allow" && isUnboundedResource(resource)).flatMap(
          (resource) => Action.map((action) => wildcardAllowance(action, resource)),
        ),
      ),
  );
  expect(WILDCARD_ALLOWANCES.filter((allowance) => !used.includes(allowance))).toEqual([]);
});
