import { type Clock, REAL_CLOCK } from "../clock.js";
import { connectIssuer, type Issuer, type IssuerInputs } from "../issuer/issuer.js";
import type { Rollout } from "./rollout.js";
import { WorkloadCluster } from "./workload-cluster.js";

/** What the code of a retirement needs from outside. Tests give their own. */
export interface Surroundings extends Clock {
  connectIssuer(inputs: IssuerInputs): Pick<Issuer, "verify" | "revoke">;
  connectCluster(kubeconfig: string): Promise<Lookout>;
  /** Tells the person who runs Pulumi something, in previews too. */
  report(line: string): void;
}

/** A place from which Deployments are seen. */
export interface Lookout {
  look(namespace: string, deployment: string): Promise<Rollout>;
}

/** The issuer and the clusters that the declaration names, and the real time. */
export const realSurroundings: Surroundings = {
  ...REAL_CLOCK,
  connectIssuer,
  connectCluster: (kubeconfig) => WorkloadCluster.connect(kubeconfig),
  // The engine shows what a provider prints as information.
  report: (line) => console.log(line),
};
