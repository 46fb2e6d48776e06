import type { Command } from "commander";
import { environmentNames, loadProject } from "../../model/load.ts";
import { InvalidInputError, type Problem } from "../../model/user-error.ts";
import { CommandFailure, exitCodes } from "../exit-code.ts";
import type { ProgramOptions } from "../program.ts";
import { UsageError } from "../usage-error.ts";

/** What `haulway validate --json` prints. */
export interface ValidationReport {
  readonly valid: boolean;
  readonly environments: readonly {
    readonly name: string;
    readonly teams: number;
    readonly problems: readonly Problem[];
  }[];
}

/**
 * Checks environments together with all teams. Variables that are not set are left open: a validation needs no environment
 * that runs.
 *
 * @param environment the only one to check. Default: all.
 * @throws UsageError if the project has no environment at all.
 */
export function validateProject(
  projectDir: string,
  environment: string | undefined,
  variables: NodeJS.ProcessEnv,
): ValidationReport {
  const names = environment === undefined ? environmentNames(projectDir) : [environment];
  if (names.length === 0)
    throw new UsageError("There is no environment: expected a file such as environments/dev.yaml");
  const environments = names.map((name) => {
    try {
      const { teams } = loadProject(projectDir, name, { variables, deferVariables: true });
      return { name, teams: teams.length, problems: [] };
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      return { name, teams: 0, problems: error.problems };
    }
  });
  return { valid: environments.every(({ problems }) => problems.length === 0), environments };
}

/** Every problem once, in one error: a team's mistake shows in every environment. Undefined if there is none. */
export function validationError(report: ValidationReport): InvalidInputError | undefined {
  const problems = new Map(
    report.environments.flatMap((one) => one.problems).map((problem) => [JSON.stringify(problem), problem]),
  );
  return problems.size === 0 ? undefined : new InvalidInputError([...problems.values()]);
}

/** Adds `haulway validate [environment]`. */
export function addValidateCommand(program: Command, options: ProgramOptions): void {
  program
    .command("validate")
    .summary("check the environment and team files")
    .description(
      "Checks environments/*.yaml and teams/*.yaml, by themselves and together, and reports everything that is wrong at\n" +
        "once, each with its file and line. Needs no cloud account and changes nothing.",
    )
    .argument("[environment]", "the only environment to check; default: all of them")
    .option("--json", "print the result as one JSON document")
    .addHelpText("after", "\nExamples:\n  haulway validate\n  haulway validate dev --json")
    .action((environment: string | undefined, flags: { json?: true }) => {
      const { projectDir, terminal } = options;
      const report = validateProject(projectDir, environment, terminal.variables);
      if (flags.json === true) {
        terminal.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
        if (!report.valid) throw new CommandFailure(exitCodes.invalidInput);
        return;
      }
      const error = validationError(report);
      if (error !== undefined) throw error;
      for (const { name, teams } of report.environments) {
        terminal.stdout.write(
          `environment ${name}: valid, with ${teams} ${teams === 1 ? "team" : "teams"}\n`,
        );
      }
    });
}
