import { type StackReference, stackName } from "../../model/naming.ts";
import { UsageError } from "../usage-error.ts";
import { type KnownStack, knownStacks } from "./known-stacks.ts";

/** What a person asks for: `up` deploys, `preview` shows what `up` would do, `destroy` removes. */
export type Operation = "up" | "preview" | "destroy";

/** What happens to one stack. The previews change nothing; `destroy` removes the stack itself, too. */
export type StackAction = "up" | "preview" | "destroy" | "preview-destroy";

/** One stack's part of a run. */
export interface Step {
  readonly stack: string;
  readonly reference: StackReference;
  readonly action: StackAction;
  /** Stacks of this plan that must have succeeded before. If one has not, this step is skipped. */
  readonly needs: readonly string[];
  /** Stacks of this plan that must have ended before, well or not. */
  readonly follows: readonly string[];
  /** Whether the backend has the stack already. */
  readonly exists: boolean;
  /** Why the step cannot be done at all: it is skipped, with this reason. */
  readonly blocked?: string;
}

/** What a plan is made from. */
export interface PlanInput {
  readonly operation: Operation;
  readonly environment: { readonly name: string; readonly clusters: readonly string[] };
  /** The teams that have a file, each with the workload clusters it places something on. */
  readonly teams: readonly { readonly name: string; readonly clusters: readonly string[] }[];
  /** All stacks of the project that the backend knows, those of other environments too. */
  readonly existing: readonly string[];
  /** Names one team's stack, one cluster's, or both. Default: every stack of the environment. */
  readonly only?: { readonly team?: string | undefined; readonly cluster?: string | undefined };
}

type Order = Pick<Step, "action" | "needs" | "follows">;

/**
 * The steps of a run, each after those it waits for.
 *
 * A stack whose team or cluster is not declared any more is destroyed: a team after the platform is up to date, a cluster after
 * every team. `destroy` takes the stacks that exist, in the reverse order of `up`.
 *
 * @throws UsageError if `only` names a team or cluster that is neither declared nor in the backend, or a cluster to destroy that
 *   teams still place workloads on.
 */
export function planRun(input: PlanInput): readonly Step[] {
  const teams = input.teams.map((team) => team.name);
  const known = knownStacks(
    input.environment.name,
    { clusters: input.environment.clusters, teams },
    input.existing,
  );
  const chosen = new Set(select(input, known).map((stack) => stack.name));
  const exists = new Set(known.filter((stack) => stack.exists).map((stack) => stack.name));
  const available = (name: string) => exists.has(name) || (input.operation === "up" && chosen.has(name));

  const steps = known
    .filter((stack) => chosen.has(stack.name) && (input.operation !== "destroy" || stack.exists))
    .map((stack): Step => {
      const order =
        input.operation === "destroy" ? destroyOrder(stack, known) : deployOrder(input, stack, known);
      const missing =
        order.action === "up" || order.action === "preview"
          ? order.needs.filter((name) => !available(name))
          : [];
      return {
        stack: stack.name,
        reference: stack.reference,
        exists: stack.exists,
        action: order.action,
        needs: order.needs.filter((name) => chosen.has(name)),
        follows: order.follows.filter((name) => chosen.has(name)),
        ...(missing.length > 0 && {
          blocked: `${missing.join(", ")} is not deployed yet; run this first: haulway up ${input.environment.name}`,
        }),
      };
    });
  return inOrder(steps);
}

/** The steps of a plan that remove a stack and everything in it. */
export function removals(steps: readonly Step[]): readonly Step[] {
  return steps.filter((step) => step.action === "destroy");
}

function deployOrder(input: PlanInput, stack: KnownStack, known: readonly KnownStack[]): Order {
  const { reference, declared, exists } = stack;
  const [deploy, remove] =
    input.operation === "up" ? (["up", "destroy"] as const) : (["preview", "preview-destroy"] as const);
  const platform = namesOf(known, "platform");
  const teams = known.filter((other) => other.reference.kind === "team");
  switch (reference.kind) {
    case "platform":
      return { action: deploy, needs: [], follows: [] };
    case "cluster":
      return declared
        ? { action: deploy, needs: platform, follows: [] }
        : { action: remove, needs: [...platform, ...teams.map((team) => team.name)], follows: [] };
    case "team": {
      if (!declared) return { action: remove, needs: platform, follows: [] };
      // A new team may take over names (a namespace, a repository) from a team that leaves.
      const leaving = exists ? [] : teams.filter((team) => !team.declared).map((team) => team.name);
      return { action: deploy, needs: [...platform, ...clustersOf(input, reference.name)], follows: leaving };
    }
  }
}

function destroyOrder({ reference }: KnownStack, known: readonly KnownStack[]): Order {
  const existing = known.filter((stack) => stack.exists);
  const dependents = {
    platform: [...namesOf(existing, "cluster"), ...namesOf(existing, "team")],
    cluster: namesOf(existing, "team"),
    team: [],
  };
  return { action: "destroy", needs: dependents[reference.kind], follows: [] };
}

function select(input: PlanInput, known: readonly KnownStack[]): readonly KnownStack[] {
  const { team, cluster } = input.only ?? {};
  if (team === undefined && cluster === undefined) return known;
  const chosen = [
    ...(cluster === undefined ? [] : [find(input, known, "cluster", cluster)]),
    ...(team === undefined ? [] : [find(input, known, "team", team)]),
  ];
  if (input.operation === "destroy" && cluster !== undefined) refuseOccupied(input, known, cluster, team);
  return chosen;
}

function find(
  input: PlanInput,
  known: readonly KnownStack[],
  kind: "cluster" | "team",
  name: string,
): KnownStack {
  const environment = input.environment.name;
  const candidates = known.filter((stack) => stack.reference.kind === kind);
  const found = candidates.find((stack) => stack.reference.name === name);
  if (found !== undefined) return found;
  const names = candidates.map((stack) => stack.reference.name).join(", ");
  const choice = names === "" ? `it has no ${kind} at all` : `its ${kind}s are: ${names}`;
  throw new UsageError(
    `--${kind} ${name}: environment ${environment} has no ${kind} of this name; ${choice}`,
  );
}

function refuseOccupied(
  input: PlanInput,
  known: readonly KnownStack[],
  cluster: string,
  alsoDestroyed: string | undefined,
): void {
  const environment = input.environment.name;
  const deployed = new Set(
    known
      .filter((stack) => stack.exists && stack.reference.kind === "team")
      .map((stack) => stack.reference.name),
  );
  const occupants = input.teams
    .filter(
      (team) => team.clusters.includes(cluster) && team.name !== alsoDestroyed && deployed.has(team.name),
    )
    .map((team) => team.name);
  if (occupants.length === 0) return;
  throw new UsageError(
    `--cluster ${cluster}: workloads of ${occupants.join(", ")} are placed on this cluster. Place them elsewhere and run ` +
      `haulway up ${environment}, or destroy the teams first: haulway destroy ${environment} --team ${occupants[0] ?? ""}`,
  );
}

function clustersOf({ environment, teams }: PlanInput, team: string): readonly string[] {
  const clusters = teams.find((candidate) => candidate.name === team)?.clusters ?? [];
  return clusters.map((name) => stackName({ environment: environment.name, kind: "cluster", name }));
}

function namesOf(stacks: readonly KnownStack[], kind: StackReference["kind"]): readonly string[] {
  return stacks.filter((stack) => stack.reference.kind === kind).map((stack) => stack.name);
}

/** Topological and stable: of the steps that may come next, the one that is first in `steps`. */
function inOrder(steps: readonly Step[]): readonly Step[] {
  const waiting = [...steps];
  const ordered: Step[] = [];
  while (waiting.length > 0) {
    const open = new Set(waiting.map((step) => step.stack));
    const next = waiting.findIndex(
      (step) => ![...step.needs, ...step.follows].some((name) => open.has(name)),
    );
    if (next < 0) throw new Error(`These steps wait for each other: ${[...open].join(", ")}`);
    ordered.push(...waiting.splice(next, 1));
  }
  return ordered;
}
