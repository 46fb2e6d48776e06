import type { Problem } from "../user-error.ts";
import { declaredSystems, workloadsOf } from "./declared-workloads.ts";
import { forEachRepeated, formatPlace, problemOf, type TeamFile } from "./input-file.ts";

/** Namespaces that belong to Kubernetes or the platform. */
const RESERVED_NAMESPACE = /^(?:kube-.*|default|argocd)$/;

/** What is wrong within and between teams, whatever the environment. */
export function checkTeams(teams: readonly TeamFile[]): readonly Problem[] {
  return [...checkTeamNames(teams), ...checkSystemNames(teams), ...checkWorkloadNames(teams)];
}

function* checkTeamNames(teams: readonly TeamFile[]): Generator<Problem> {
  for (const file of teams) {
    const name = file.content?.metadata?.name;
    if (name === undefined || name === file.name) continue;
    const problem = `is ${JSON.stringify(name)}, but the file is ${file.document.file.replace(/^.*\//, "")}`;
    yield problemOf({ file, path: ["metadata", "name"] }, problem, file.name);
  }
}

function checkSystemNames(teams: readonly TeamFile[]): readonly Problem[] {
  const problems: Problem[] = [];
  const systems = declaredSystems(teams).flatMap(({ file, path, system }) =>
    system.name === undefined ? [] : [{ file, path: [...path, "name"], name: system.name }],
  );
  forEachRepeated(systems, (repeated, first) => {
    const owner = first.file === repeated.file ? "this team" : `team ${first.file.name}`;
    const problem = `system "${repeated.name}" already belongs to ${owner} at ${formatPlace(first)}`;
    problems.push(problemOf(repeated, problem, "another name: a system belongs to one team, once"));
  });
  for (const system of systems) {
    if (!RESERVED_NAMESPACE.test(system.name)) continue;
    const problem = `"${system.name}" is a namespace of Kubernetes or the platform`;
    const expected = "another name than default, argocd and kube-*, since a system is a namespace";
    problems.push(problemOf(system, problem, expected));
  }
  return problems;
}

function checkWorkloadNames(teams: readonly TeamFile[]): readonly Problem[] {
  const problems: Problem[] = [];
  for (const declared of declaredSystems(teams)) {
    const workloads = workloadsOf(declared).flatMap(({ file, path, workload }) =>
      workload.name === undefined ? [] : [{ file, path: [...path, "name"], name: workload.name }],
    );
    forEachRepeated(workloads, (repeated, first) => {
      const problem = `"${repeated.name}" is also the name of the workload at ${formatPlace(first)}`;
      problems.push(problemOf(repeated, problem, "another name: each workload of a system has its own"));
    });
  }
  return problems;
}
