import type { Finding, PolicyRule } from "../checked-resource.ts";
import type { Statement } from "../policy-document.ts";
import { accessStatements } from "../resource-policies.ts";

const POD_IDENTITY = "pods.eks.amazonaws.com";

/** The tags of a session of EKS Pod Identity that say who the pod is. */
const POD_TAGS = [
  "aws:RequestTag/eks-cluster-name",
  "aws:RequestTag/kubernetes-namespace",
  "aws:RequestTag/kubernetes-service-account",
];

function checkStatement(path: string, statement: Statement): readonly Finding[] {
  if (statement.effect !== "Allow") return [];
  return [...everybody(path, statement), ...podIdentity(path, statement)];
}

function everybody(path: string, { principals, conditions, negations }: Statement): readonly Finding[] {
  const open = Object.values(principals).some((names) => names.includes("*"));
  if (!(open && Object.keys(conditions).length === 0) && !negations.includes("NotPrincipal")) return [];
  return [
    {
      path,
      problem: "trusts everybody",
      expected: "named principals, or a condition",
      wayOut: "Name the role or the service that needs it.",
    },
  ];
}

function podIdentity(path: string, { principals, conditions }: Statement): readonly Finding[] {
  if (principals["Service"]?.includes(POD_IDENTITY) !== true) return [];
  const scope = conditions["StringEquals"] ?? {};
  const missing = POD_TAGS.filter((tag) => (scope[tag] ?? []).length === 0);
  if (missing.length === 0) return [];
  return [
    {
      path,
      problem: `trusts pods whatever their ${missing.map((tag) => tag.replace("aws:RequestTag/", "")).join(", ")}`,
      expected: `StringEquals on ${missing.join(", ")}`,
      wayOut: "Make the trust with podIdentityTrust.",
    },
  ];
}

/** Only those who are meant can assume a role or use a resource. */
export const trustedPrincipals: PolicyRule = {
  name: "trusted-principals",
  description:
    "Roles, buckets, queues, keys and secrets trust named principals; a role of pods trusts one namespace and ServiceAccount on named clusters.",
  check: (resource) => {
    const { statements, findings } = accessStatements(resource);
    return [...findings, ...statements.flatMap(({ path, statement }) => checkStatement(path, statement))];
  },
};
