import { type ApplicationStatus, isSettled } from "../applications/application.ts";
import type { Operation } from "../plan/plan.ts";
import { changedResources, describeChanges } from "../run/changes.ts";
import type { RunResult, StackResult } from "../run/run-environment.ts";

/** What a run's closing lines say beside its result. */
export interface SummaryOptions {
  readonly operation: Operation;
  readonly environment: string;
  readonly interrupted: boolean;
}

/**
 * The closing lines of a run: what is to know of which stack, what failed and why, what was skipped, which Applications are not well and how to look further,
 * and one last line with the sum.
 */
export function renderRunSummary(result: RunResult, options: SummaryOptions): string {
  const failed = result.stacks.filter((stack) => stack.result === "failed");
  const skipped = result.stacks.filter((stack) => stack.result === "skipped");
  const unsettled = result.applications.filter((status) => !isSettled(status));
  const noted = result.stacks.filter((stack) => stack.notes.length > 0);
  const blocks = [
    ...noted.map((stack) => block(`${stack.name}:`, stack.notes.join("\n"))),
    ...failed.map((stack) => block(`${stack.name} failed:`, stack.message ?? "")),
    ...skipped.map((stack) => `${stack.name} was skipped: ${stack.message ?? ""}`),
    ...(unsettled.length > 0 ? [renderUnsettled(unsettled, options.environment)] : []),
    lastLine(result, options),
  ];
  return blocks.join("\n");
}

/** One JSON document: the result with what was asked for, and whether it succeeded. */
export function renderRunJson(result: RunResult, options: SummaryOptions, succeeded: boolean): string {
  const { operation, environment } = options;
  return JSON.stringify({ environment, operation, succeeded, ...result }, undefined, 2);
}

function block(title: string, text: string): string {
  return [title, ...text.split("\n").map((line) => `  ${line}`)].join("\n");
}

function renderUnsettled(statuses: readonly ApplicationStatus[], environment: string): string {
  const lines = statuses.map(({ name, sync, health, message }) => {
    return `${name}: ${sync}, ${health}${message === undefined ? "" : `: ${message}`}`;
  });
  const [first] = statuses;
  const command = `kubectl --namespace argocd describe application ${first?.name ?? ""}`;
  return [
    block("Not all Applications are Synced and Healthy:", lines.join("\n")),
    `To look further, with the kubeconfig of the platform cluster of ${environment}:`,
    `  ${command}`,
  ].join("\n");
}

function lastLine({ stacks, applications }: RunResult, options: SummaryOptions): string {
  const { operation, environment, interrupted } = options;
  const command = `haulway ${operation} ${environment}`;
  if (interrupted) return `${command}: interrupted. What was done is kept; run it again to go on.`;
  if (stacks.length === 0) return `${command}: nothing to do.`;
  const count = (result: StackResult["result"]) => stacks.filter((stack) => stack.result === result).length;
  const parts = [
    plural(count("succeeded"), "stack"),
    describeChanges(sum(stacks), operation === "preview"),
    ...(count("failed") > 0 ? [`${count("failed")} failed`] : []),
    ...(count("skipped") > 0 ? [`${count("skipped")} skipped`] : []),
    ...(applications.length > 0
      ? [
          `${applications.filter(isSettled).length} of ${plural(applications.length, "Application")} Synced and Healthy`,
        ]
      : []),
  ];
  const hint =
    operation === "preview" && changedResources(sum(stacks)) > 0
      ? ` To see each change: pulumi preview --diff --stack ${example(stacks)}`
      : "";
  return `${command}: ${parts.join(", ")}.${hint}`;
}

function example(stacks: readonly StackResult[]): string {
  return stacks.find((stack) => changedResources(stack.changes) > 0)?.name ?? "";
}

function sum(stacks: readonly StackResult[]): StackResult["changes"] {
  const total = (kind: keyof StackResult["changes"]) =>
    stacks.reduce((all, stack) => all + stack.changes[kind], 0);
  return {
    create: total("create"),
    update: total("update"),
    delete: total("delete"),
    replace: total("replace"),
    same: total("same"),
  };
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
