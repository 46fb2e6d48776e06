import type { TestProject } from "vitest/node";
import { createSandbox, type Outcome, Project, removeSandbox } from "./sandbox.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder in which the environment runs. */
    sandbox: string;
    /** How the first `npm start` ended, and what it printed. */
    firstStart: Outcome;
  }
}

/** Starts the local environment once for all tests of this level, as a newcomer would, and ends it after the last. */
export default async function setup(context: TestProject): Promise<() => Promise<void>> {
  const sandbox = await createSandbox();
  const project = new Project(sandbox);
  const end = async () => {
    await project.npm("run", "local:down");
    await removeSandbox(sandbox);
  };
  const firstStart = await project.npm("start");
  if (firstStart.code !== 0) {
    await end();
    throw new Error(`npm start ended with ${firstStart.code}:\n${firstStart.stdout}\n${firstStart.stderr}`);
  }
  context.provide("sandbox", sandbox);
  context.provide("firstStart", firstStart);
  return end;
}
