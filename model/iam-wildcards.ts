/** A wildcard that IAM policies may have although it reaches further than one named thing. */
export interface WildcardAllowance {
  /** Whose policies: those of Haulway itself, or those that teams write as `permissions`. */
  readonly for: "platform" | "teams";
  /** The actions, written exactly as in the policies. */
  readonly actions: readonly string[];
  /** The resource of the policies. `*` stands for any characters, a wildcard of the policy itself included. */
  readonly resource: string;
  /** Why it has to be so, and what keeps it from doing harm. */
  readonly reason: string;
}

/** The only wildcards that reach further than one named thing. An entry that nothing uses fails a test. */
export const WILDCARD_ALLOWANCES: readonly WildcardAllowance[] = [
  {
    for: "platform",
    actions: ["sts:AssumeRole", "sts:TagSession"],
    resource: "arn:*:iam::*:role/*-argocd",
    reason:
      "Argo CD reaches clusters that come after it. What it may assume is each role's own to say: those of clusters trust the management role of their environment, no other does.",
  },
];

/** Services whose actions decide who may do what. With a wildcard they hand out more than anybody has read. */
const ADMINISTRATION = new Set(["iam", "sts", "organizations", "account"]);

/** What is wrong with the wildcard of an IAM action. */
export interface WildcardProblem {
  readonly problem: string;
  /** Whether an allowance can open it. */
  readonly allowable: boolean;
}

/** Why an IAM action reaches too far; undefined if it does not. `s3:Get*` does not, `s3:*` and `s3:*Object` do. */
export function wildcardInAction(action: string): WildcardProblem | undefined {
  const [service = "", name] = action.toLowerCase().split(":");
  if (name === undefined || /[*?]/.test(service)) {
    return { problem: "allows everything in the account", allowable: false };
  }
  if (ADMINISTRATION.has(service) && /[*?]/.test(name)) {
    return { problem: `has a wildcard in ${service}, which decides who may do what`, allowable: false };
  }
  if (!/^[*?]/.test(name)) return undefined;
  const reach = /^[*?]+$/.test(name)
    ? `allows everything in ${service}`
    : "begins its action with a wildcard";
  return { problem: reach, allowable: true };
}

/** Resources of these services have no type in front of their names. */
const WITHOUT_TYPE = new Set(["s3", "sns", "sqs"]);

/**
 * Whether the resource of an IAM statement reaches further than one named thing: it is `*`, or the name in it begins with a
 * wildcard. `arn:aws:s3:::claims-intake/*` does not. Roles and users of IAM must be named in full.
 */
export function isUnboundedResource(resource: string): boolean {
  const [prefix, , service = "", , , ...rest] = resource.split(":");
  if (prefix !== "arn" || rest.length === 0) return /^[*?]/.test(resource);
  const path = rest.join(":");
  if (service === "iam") return /[*?]/.test(path);
  const separator = path.search(/[:/]/);
  if (separator === -1 || WITHOUT_TYPE.has(service)) return /^[*?]/.test(path);
  return /[*?]/.test(path.slice(0, separator)) || /^[:/]*[*?]/.test(path.slice(separator));
}

/**
 * The allowance for an action on a resource.
 *
 * @param holders whose policy it is in; default: anybody's
 */
export function wildcardAllowance(
  action: string,
  resource: string,
  holders: readonly WildcardAllowance["for"][] = ["platform", "teams"],
  allowances: readonly WildcardAllowance[] = WILDCARD_ALLOWANCES,
): WildcardAllowance | undefined {
  return allowances.find(
    (allowance) =>
      holders.includes(allowance.for) &&
      allowance.actions.includes(action) &&
      matches(allowance.resource, resource),
  );
}

function matches(pattern: string, text: string): boolean {
  const source = pattern.split("*").map((part) => part.replaceAll(/[.?+^$(){}|[\]\\/]/g, String.raw`\$&`));
  return new RegExp(`^${source.join(".*")}$`).test(text);
}
