import { connectIssuer, type Issuer, type IssuerInputs } from "../issuer/issuer.js";
import { sleep } from "../retry.js";
import type { Rollout } from "./rollout.js";
import { WorkloadCluster } from "./workload-cluster.js";

/** What the code of a retirement needs from outside. Tests give their own. */
export interface Surroundings {
  connectIssuer(inputs: IssuerInputs): Pick<Issuer, "verify" | "revoke">;
  connectCluster(kubeconfig: string): Promise<Lookout>;
  /** Unix seconds, whole. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** Tells the person who runs Pulumi something, in previews too. */
  report(line: string): void;
}

/** A place from which Deployments are seen. */
export interface Lookout {
  look(namespace: string, deployment: string): Promise<Rollout>;
}

/** The issuer and the clusters that the declaration names, and the real time. */
export const realSurroundings: Surroundings = {
  connectIssuer,
  connectCluster: (kubeconfig) => WorkloadCluster.connect(kubeconfig),
  now: () => Math.floor(Date.now() / 1000),
  sleep,
  // The engine shows what a provider prints as information.
  report: (line) => console.log(line),
};
