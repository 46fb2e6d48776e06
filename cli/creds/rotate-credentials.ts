import { loadEnvironment, loadProject } from "../../model/load.ts";
import { InvalidInputError, UserError } from "../../model/user-error.ts";
import { editEnvironmentFile, type FileEdit, takeBack } from "./environment-file.ts";
import { formatEntry, type RaisedRotation, type RotationRequest, raiseRotation } from "./rotation-entry.ts";

/** Whose credentials are to be made anew, and where that is written. */
export interface RotationOrder extends RotationRequest {
  readonly projectDir: string;
  readonly environment: string;
  /** The variables that the files see. */
  readonly variables: NodeJS.ProcessEnv;
}

/** A rotation that has been written to the environment's file, and not been carried out. */
export interface WrittenRotation {
  /** Where the entry stands: `environments/dev.yaml:31`. */
  readonly place: string;
  readonly file: string;
  readonly epoch: number;
  /** Writes the file as it was, unless it has been changed again; false if it has. */
  takeBack(): Promise<boolean>;
}

/**
 * Raises the entry of a declared user under `nats.rotations` in the environment's file, which makes the next run issue new
 * credentials.
 *
 * @throws InvalidInputError if the file would not be valid. UserError if it cannot be changed. It is then as it was.
 */
export async function writeRotation(order: RotationOrder): Promise<WrittenRotation> {
  const { projectDir, environment } = order;
  let raised: RaisedRotation | undefined;
  const edit = await editEnvironmentFile(projectDir, environment, (text) => {
    raised = raiseRotation(text, order);
    if (raised === undefined) throw notEditable(order);
    return raised.text;
  });
  if (raised === undefined) throw new Error("a file that was edited has an entry");
  await refuseInvalid(order, edit);
  const { entry, line } = raised;
  return {
    place: `${edit.file}:${line}`,
    file: edit.file,
    epoch: entry.epoch,
    takeBack: () => takeBack(projectDir, environment, edit),
  };
}

/** What was valid before and is not now has been made so by the entry: an epoch that is too large, for example. */
async function refuseInvalid(
  { projectDir, environment, variables }: RotationOrder,
  edit: FileEdit,
): Promise<void> {
  try {
    loadProject(projectDir, environment, { variables });
  } catch (error) {
    if (error instanceof InvalidInputError) await takeBack(projectDir, environment, edit);
    throw error;
  }
}

function notEditable({
  projectDir,
  environment,
  variables,
  user,
  reason,
  above = 0,
}: RotationOrder): UserError {
  const { rotations } = loadEnvironment(projectDir, environment, { variables }).nats;
  const former = rotations.find((rotation) => rotation.user === user)?.epoch ?? 0;
  const entry = formatEntry({ user, epoch: Math.max(former, above) + 1, reason });
  return new UserError(
    `environments/${environment}.yaml is laid out in a way that cannot be edited without losing a comment. Write the entry by hand, ` +
      `under spec.nats.rotations, in the place of an earlier one for the user:\n  - ${entry}\n` +
      `Then run: haulway up ${environment}`,
  );
}
