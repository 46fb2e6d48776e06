// Has to come before anything that loads Pulumi.
import "./stacks/deferred-modules.ts";
import "./stacks/plain-stack-traces.ts";

import * as pulumi from "@pulumi/pulumi";
import { loadProject } from "./model/load.ts";
import { parseStackName } from "./model/naming.ts";
import { programFailure } from "./stacks/program-failure.ts";

/**
 * The program: the stack's name says which kind of stack of which environment it is, the input files say what belongs in it.
 * Each kind of stack loads only the parts of the SDKs that it needs. Pulumi runs this in the project's directory.
 */
export default async function program(): Promise<object> {
  try {
    const stack = parseStackName(pulumi.getStack());
    const { environment, teams } = loadProject(process.cwd(), stack.environment, { variables: process.env });
    switch (stack.kind) {
      case "platform":
        return await (await import("./stacks/platform.ts")).platformStack(environment);
      case "cluster":
        return await (await import("./stacks/cluster.ts")).clusterStack(environment, stack.name);
      case "team":
        return await (await import("./stacks/team.ts")).teamStack(environment, teams, stack.name);
    }
  } catch (error) {
    throw programFailure(error);
  }
}
