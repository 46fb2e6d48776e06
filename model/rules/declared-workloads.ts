import type { FieldPath } from "../source/path.ts";
import type { TeamFile } from "./input-file.ts";
import { validItems } from "./input-file.ts";

type SalvagedSystem = NonNullable<
  NonNullable<NonNullable<NonNullable<TeamFile["content"]>["spec"]>["systems"]>[number]
>;
type SalvagedWorkload = NonNullable<NonNullable<SalvagedSystem["workloads"]>[number]>;

/** A system, as far as it is valid, and where it stands. */
export interface DeclaredSystem {
  readonly file: TeamFile;
  readonly path: FieldPath;
  readonly system: SalvagedSystem;
}

/** A workload, as far as it is valid, and where it stands. */
export interface DeclaredWorkload extends DeclaredSystem {
  readonly workload: SalvagedWorkload;
}

/** The systems of all teams, in the order of files and lines. */
export function declaredSystems(teams: readonly TeamFile[]): readonly DeclaredSystem[] {
  return teams.flatMap((file) =>
    [...validItems(file.content?.spec?.systems)].map(([index, system]) => ({
      file,
      system,
      path: ["spec", "systems", index],
    })),
  );
}

/** The workloads of a system, in order. */
export function workloadsOf(declared: DeclaredSystem): readonly DeclaredWorkload[] {
  return [...validItems(declared.system.workloads)].map(([index, workload]) => ({
    ...declared,
    workload,
    path: [...declared.path, "workloads", index],
  }));
}

/** The workloads of all teams, in the order of files and lines. */
export function declaredWorkloads(teams: readonly TeamFile[]): readonly DeclaredWorkload[] {
  return declaredSystems(teams).flatMap(workloadsOf);
}
