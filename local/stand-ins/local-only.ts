import { existsSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";

/** Variables that decide whether a stand-in may run: a subset of `process.env`. */
export type StandInVariables = Readonly<Record<string, string | undefined>>;

/** The file that says "this directory belongs to a local environment"; written when the stand-ins are installed. */
export function markerFile(localDir: string): string {
  return join(localDir, "stand-ins.marker");
}

/** Thrown when a stand-in is started anywhere but in the local environment. */
export class NotLocalError extends Error {
  override readonly name = "NotLocalError";
}

/**
 * The local directory, when this process runs in the local environment.
 * @throws NotLocalError when `HAULWAY_LOCAL_DIR` is unset, relative, or not a local environment's directory.
 */
export function requireLocalEnvironment(standIn: string, variables: StandInVariables): string {
  const localDir = variables["HAULWAY_LOCAL_DIR"];
  if (localDir === undefined || localDir === "") {
    throw refusal(standIn, "HAULWAY_LOCAL_DIR is not set");
  }
  if (!isAbsolute(localDir)) {
    throw refusal(standIn, `HAULWAY_LOCAL_DIR is "${localDir}", which is not an absolute path`);
  }
  if (!existsSync(localDir)) {
    throw refusal(standIn, `HAULWAY_LOCAL_DIR is "${localDir}", which does not exist`);
  }
  return localDir;
}

/**
 * The local directory, when this process is a Pulumi plugin of the local environment: besides what {@link requireLocalEnvironment}
 * asks, `PULUMI_HOME` lies inside that directory and the directory is marked.
 * @throws NotLocalError otherwise.
 */
export function requireLocalPulumi(standIn: string, variables: StandInVariables): string {
  const localDir = requireLocalEnvironment(standIn, variables);
  const home = variables["PULUMI_HOME"];
  if (home === undefined || home === "") {
    throw refusal(standIn, "PULUMI_HOME is not set, so that Pulumi would use the home of real stacks");
  }
  const inside = relative(localDir, home);
  if (inside === "" || inside.startsWith("..") || isAbsolute(inside)) {
    throw refusal(standIn, `PULUMI_HOME is "${home}", which is not inside "${localDir}"`);
  }
  if (!existsSync(markerFile(localDir))) {
    throw refusal(standIn, `"${localDir}" is not marked as a local environment`);
  }
  return localDir;
}

function refusal(standIn: string, reason: string): NotLocalError {
  return new NotLocalError(
    `This is Haulway's stand-in for ${standIn}. It serves the local environment only and refuses to start here: ${reason}. ` +
      `For a real environment use a PULUMI_HOME with the real plugin; for the local one run "npm start" and then 'eval "$(npx haulway local env)"'.`,
  );
}
