import { type Environment, environmentSchema } from "./environment.ts";
import { NAME_PATTERN } from "./naming.ts";
import { nearestWord } from "./nearest-word.ts";
import { type ReadDocument, readDocument } from "./read-document.ts";
import { checkCertificates } from "./rules/certificate-rules.ts";
import { checkClusters } from "./rules/cluster-rules.ts";
import { checkDerivedNames, checkEnvironmentNames, checkTeamNames } from "./rules/derived-name-rules.ts";
import { checkEnvironment, checkStateStore } from "./rules/environment-rules.ts";
import type { EnvironmentFile, TeamFile } from "./rules/input-file.ts";
import { checkNatsGrants, checkNatsUsers } from "./rules/nats-user-rules.ts";
import { checkPlacements } from "./rules/placement-rules.ts";
import { checkTeams } from "./rules/team-rules.ts";
import { listInputs, nameOfFile, readInput } from "./source/input-directory.ts";
import { problemAt, WHOLE_FILE } from "./source/source-file.ts";
import type { Variables } from "./source/variables.ts";
import { type Team, teamSchema } from "./team.ts";
import { InvalidInputError, type Problem } from "./user-error.ts";

/** How an environment's file is read. */
export interface LoadOptions {
  /** What replaces `${NAME}` in the environment's file: `process.env`, as a rule. */
  readonly variables: Variables;
  /**
   * Accept variables that are not set, leave the texts that hold them as they are, and skip the checks of their form. For a
   * validation without a running environment: the result must not be used to create anything. Default false.
   */
  readonly deferVariables?: boolean;
}

/** An environment and all teams, valid by themselves and together. */
export interface Project {
  readonly environment: Environment;
  /** Sorted by name. */
  readonly teams: readonly Team[];
}

/** The names of the environments that the project has a file for, sorted. */
export function environmentNames(projectDir: string): readonly string[] {
  return listInputs(projectDir, "environments").files.map(nameOfFile);
}

/**
 * Reads `environments/<name>.yaml` below the project directory.
 *
 * @throws InvalidInputError with everything that is wrong with the file, or that it does not exist.
 */
export function loadEnvironment(projectDir: string, name: string, options: LoadOptions): Environment {
  const { inputs, problems, values } = readEnvironment(projectDir, name, options);
  refuseAny([...problems, ...inputs.flatMap(checkEnvironmentAlone)]);
  return onlyOne(values);
}

/**
 * Reads every `teams/*.yaml` and `teams/*.yml` below the project directory, sorted by name. No directory, no teams.
 *
 * @throws InvalidInputError with everything that is wrong with any of the files.
 */
export function loadTeams(projectDir: string): readonly Team[] {
  const { inputs, problems, values } = readTeams(projectDir);
  refuseAny([...problems, ...checkTeamsAlone(inputs)]);
  return values;
}

/**
 * Reads an environment and all teams, and checks them against each other.
 *
 * @throws InvalidInputError with everything that is wrong with any of the files, alone or together.
 */
export function loadProject(projectDir: string, name: string, options: LoadOptions): Project {
  const environment = readEnvironment(projectDir, name, options);
  const teams = readTeams(projectDir);
  refuseAny([
    ...environment.problems,
    ...environment.inputs.flatMap(checkEnvironmentAlone),
    ...teams.problems,
    ...checkTeamsAlone(teams.inputs),
    ...environment.inputs.flatMap((file) => checkPlacements(file, teams.inputs)),
    ...environment.inputs.flatMap((file) => checkNatsGrants(file, teams.inputs, teams.complete)),
    ...environment.inputs.flatMap((file) => checkDerivedNames(file, teams.inputs)),
  ]);
  return { environment: onlyOne(environment.values), teams: teams.values };
}

function none(...problems: readonly Problem[]): Inputs<never, never> {
  return { inputs: [], values: [], problems };
}

/** Files as the rules see them, and what they hold. As many values as inputs, unless there are problems. */
interface Inputs<File, Value> {
  readonly inputs: readonly File[];
  readonly values: readonly Value[];
  readonly problems: readonly Problem[];
}

function readEnvironment(
  projectDir: string,
  name: string,
  options: LoadOptions,
): Inputs<EnvironmentFile, Environment> {
  const { files, problems } = listInputs(projectDir, "environments");
  const file = `environments/${name}.yaml`;
  if (!NAME_PATTERN.test(name)) {
    const problem = `${JSON.stringify(name)} is not a name of an environment`;
    return none(problemAt("environments", WHOLE_FILE, [], problem, existing(files.map(nameOfFile))));
  }
  if (problems.some((problem) => problem.file === "environments")) return none(...problems);
  if (!files.includes(`${name}.yaml`)) {
    if (files.includes(`${name}.yml`)) {
      return none(
        problemAt(`environments/${name}.yml`, WHOLE_FILE, [], "ends in .yml", `the file name ${file}`),
      );
    }
    const names = files.map(nameOfFile);
    const nearest = nearestWord(name, names);
    const problem = nearest === undefined ? "does not exist" : `does not exist (did you mean ${nearest}?)`;
    return none(problemAt(file, WHOLE_FILE, [], problem, existing(names)));
  }
  const source = readInput(projectDir, file);
  if ("problem" in source) return none(source);
  const read = readDocument(source, environmentSchema, "Environment", {
    variables: options.variables,
    defer: options.deferVariables === true,
  });
  const collected = collect([read], ({ metadata, spec }): Environment => ({ name: metadata.name, ...spec }));
  const others = files.filter((other) => other !== `${name}.yaml`);
  const neighbours = readNeighbours(projectDir, others, options.variables);
  const outside = collected.inputs.flatMap((input) => [
    ...checkStateStore(input, neighbours),
    ...checkCertificates(input, (path) => readInput(projectDir, path)),
  ]);
  return { ...collected, problems: [...collected.problems, ...outside] };
}

/** Other environments, as far as they are valid and known here: what is wrong with them is told when they are loaded. */
function readNeighbours(
  projectDir: string,
  files: readonly string[],
  variables: Variables,
): readonly EnvironmentFile[] {
  return files
    .map((file) => readInput(projectDir, `environments/${file}`))
    .filter((source) => "text" in source)
    .flatMap(
      (source) =>
        readDocument(source, environmentSchema, "Environment", { variables, defer: true }).input ?? [],
    );
}

/** Files of teams, and whether `inputs` has every one of them. */
interface TeamInputs extends Inputs<TeamFile, Team> {
  readonly complete: boolean;
}

function readTeams(projectDir: string): TeamInputs {
  const { files, problems } = listInputs(projectDir, "teams");
  const sources = files.map((file) => readInput(projectDir, `teams/${file}`));
  const unreadable = sources.filter((source) => "problem" in source);
  const read = sources
    .filter((source) => "text" in source)
    .map((source) => readDocument(source, teamSchema, "Team", undefined));
  const collected = collect(read, ({ metadata, spec }): Team => ({ name: metadata.name, ...spec }));
  return {
    ...collected,
    values: collected.values.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    problems: [...problems, ...unreadable, ...collected.problems],
    complete: problems.length === 0 && collected.inputs.length === files.length,
  };
}

function collect<Content, Value>(
  documents: readonly ReadDocument<Content>[],
  toValue: (content: Content) => Value,
) {
  return {
    inputs: documents.flatMap(({ input }) => (input === undefined ? [] : [input])),
    values: documents.flatMap(({ value }) => (value === undefined ? [] : [toValue(value)])),
    problems: documents.flatMap((document) => document.problems),
  };
}

function existing(names: readonly string[]): string {
  return names.length === 0 ? "a file in environments" : `one of ${names.join(", ")}`;
}

function checkEnvironmentAlone(file: EnvironmentFile): readonly Problem[] {
  return [...checkEnvironment(file), ...checkClusters(file), ...checkEnvironmentNames(file)];
}

function checkTeamsAlone(files: readonly TeamFile[]): readonly Problem[] {
  return [...checkTeams(files), ...checkNatsUsers(files), ...checkTeamNames(files)];
}

function refuseAny(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new InvalidInputError(problems);
}

/** The environment that was read: there is one, since no problem was found. */
function onlyOne<Value>(values: readonly Value[]): Value {
  const [value] = values;
  if (value === undefined) throw new Error("an environment without problems has a value");
  return value;
}
