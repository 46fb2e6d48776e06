import { loadProject } from "../../model/load.ts";
import { InvalidInputError, UserError } from "../../model/user-error.ts";
import { findDeclaredUser } from "./declared-user.ts";
import { editEnvironmentFile, type FileEdit, takeBack } from "./environment-file.ts";
import { formatEntry, type RaisedRotation, type RotationEntry, raiseRotation } from "./rotation-entry.ts";

/** Whose credentials are to be made anew. */
export interface RotationRequest {
  readonly projectDir: string;
  readonly environment: string;
  /** `claims/intake/publisher`. */
  readonly user: string;
  /** Why, for people. */
  readonly reason: string;
  /** The variables that the files see. */
  readonly variables: NodeJS.ProcessEnv;
}

/** A rotation that has been written to the environment's file, and not been carried out. */
export interface WrittenRotation {
  readonly team: string;
  /** Where the entry stands: `environments/dev.yaml:31`. */
  readonly place: string;
  readonly file: string;
  readonly epoch: number;
  /** Writes the file as it was, unless it has been changed again; false if it has. */
  takeBack(): Promise<boolean>;
}

/**
 * Raises the user's entry under `nats.rotations` in the environment's file, which makes the next run issue new credentials.
 *
 * @throws InvalidInputError if a file is not valid. UsageError if no team declares the user. UserError if the file cannot be
 *   changed. The file is then as it was.
 */
export async function writeRotation(request: RotationRequest): Promise<WrittenRotation> {
  const { projectDir, environment, user, reason, variables } = request;
  const loaded = loadProject(projectDir, environment, { variables });
  const { team } = findDeclaredUser(user, loaded.teams);
  const present = loaded.environment.nats.rotations.find((rotation) => rotation.user === user);
  let raised: RaisedRotation | undefined;
  const edit = await editEnvironmentFile(projectDir, environment, (text) => {
    raised = raiseRotation(text, user, reason);
    if (raised === undefined)
      throw notEditable(environment, { user, epoch: (present?.epoch ?? 0) + 1, reason });
    return raised.text;
  });
  if (raised === undefined) throw new Error("a file that was edited has an entry");
  await refuseInvalid(request, edit);
  const { entry, line } = raised;
  return {
    team,
    place: `${edit.file}:${line}`,
    file: edit.file,
    epoch: entry.epoch,
    takeBack: () => takeBack(projectDir, environment, edit),
  };
}

/** What was valid before and is not now has been made so by the entry: an epoch that is too large, for example. */
async function refuseInvalid(
  { projectDir, environment, variables }: RotationRequest,
  edit: FileEdit,
): Promise<void> {
  try {
    loadProject(projectDir, environment, { variables });
  } catch (error) {
    if (error instanceof InvalidInputError) await takeBack(projectDir, environment, edit);
    throw error;
  }
}

function notEditable(environment: string, entry: RotationEntry): UserError {
  return new UserError(
    `environments/${environment}.yaml is laid out in a way that cannot be edited without losing a comment. Write the entry by hand, ` +
      `under spec.nats.rotations, in the place of an earlier one for the user:\n  - ${formatEntry(entry)}\n` +
      `Then run: haulway up ${environment}`,
  );
}
