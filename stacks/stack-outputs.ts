import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { type StackReference, stackName } from "../model/naming.ts";
import { UserError } from "../model/user-error.ts";
import {
  type ClusterConnectionOutputs,
  type ClusterOutputs,
  type DeployedCluster,
  OWN_OUTPUTS,
  type PlatformOutputs,
  STACK_OUTPUTS,
} from "./contracts.ts";

/** A cluster of another stack: values as they are, but for the kubeconfig, which is the secret it was there. */
export interface ReferencedCluster extends Omit<ClusterConnectionOutputs, "kubeconfig"> {
  readonly kubeconfig: pulumi.Output<string>;
}

/**
 * What the platform stack of an environment tells the others.
 *
 * @throws UserError if the stack does not exist or lacks an output, with the command that creates or completes it
 */
export async function readPlatformOutputs(
  environment: string,
): Promise<Omit<PlatformOutputs, "cluster"> & { readonly cluster: ReferencedCluster }> {
  const outputs = await readOutputs({ environment, kind: "platform" }, STACK_OUTPUTS.platform);
  return { ...outputs, cluster: withSecretKubeconfig(outputs.cluster) };
}

/**
 * What the stack of a workload cluster tells the others.
 *
 * @throws UserError if the stack does not exist or lacks an output, with the command that creates or completes it
 */
export async function readClusterOutputs(
  environment: string,
  cluster: string,
): Promise<Omit<ClusterOutputs, "cluster"> & { readonly cluster: ReferencedCluster }> {
  const outputs = await readOutputs({ environment, kind: "cluster", name: cluster }, STACK_OUTPUTS.cluster);
  return { ...outputs, cluster: withSecretKubeconfig(outputs.cluster) };
}

/** What the cluster of this very stack has since its last update; undefined if there was none, or it did not get that far. */
export async function readDeployedCluster(): Promise<DeployedCluster | undefined> {
  return OWN_OUTPUTS.safeParse(await lookUpOutputs(pulumi.getStack())).data?.deployed;
}

function withSecretKubeconfig(cluster: ClusterConnectionOutputs): ReferencedCluster {
  return { ...cluster, kubeconfig: pulumi.secret(cluster.kubeconfig) };
}

async function readOutputs<T>(stack: StackReference, contract: z.ZodType<T>): Promise<T> {
  const name = stackName(stack);
  const parsed = contract.safeParse(await fetchOutputs(name));
  if (parsed.success) return parsed.data;
  throw new UserError(
    `The outputs of stack ${name} are not what is expected of it:\n${z.prettifyError(parsed.error)}\n` +
      `Its last update did not finish, or another version of Haulway made it. Run: pulumi up -s ${name}`,
  );
}

async function fetchOutputs(name: string): Promise<unknown> {
  const outputs = await lookUpOutputs(name);
  if (outputs !== undefined) return outputs;
  throw new UserError(
    `This stack needs the outputs of stack ${name}, which does not exist. ` +
      `Create it first: haulway up ${name.split(".", 1)[0]}, or: pulumi stack init ${name} && pulumi up -s ${name}`,
  );
}

/**
 * Asks the engine for the outputs; undefined if there is no such stack. `pulumi.StackReference` asks the same, but as a resource:
 * when the stack is missing, the engine ends the run with "unknown stack" before the program hears of it, and nobody learns what
 * to do.
 */
async function lookUpOutputs(name: string): Promise<unknown> {
  // Qualified in full, as every backend takes it; the one organization of a backend of files is called "organization".
  const reference = `${pulumi.getOrganization()}/${pulumi.getProject()}/${name}`;
  try {
    const read = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name: reference })) as {
      readonly outputs?: unknown;
    };
    return read.outputs ?? {};
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (!reason.includes("unknown stack")) throw error;
    return undefined;
  }
}
