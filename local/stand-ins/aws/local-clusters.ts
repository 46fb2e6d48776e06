import { z } from "zod";
import { readFileIfPresent } from "../../atomic-file.ts";

const localClusters = z.record(
  z.string(),
  z.object({
    name: z.string(),
    server: z.string(),
    certificateAuthority: z.string(),
    kubeconfig: z.string(),
  }),
);

/** How a local control plane is reached. */
export interface LocalCluster {
  /** URL of the API server. */
  readonly server: string;
  /** Base64 of the PEM certificate that signed the API server's. */
  readonly certificateAuthority: string;
  /** Path of the kubeconfig of an administrator. */
  readonly kubeconfig: string;
}

/**
 * The control plane that plays the EKS cluster `eksName`.
 * @param clustersFile `.local/clusters.json`
 * @throws Error when there is none; the message says which there are.
 */
export async function localCluster(clustersFile: string, eksName: string): Promise<LocalCluster> {
  const text = await readFileIfPresent(clustersFile);
  const clusters = text === undefined ? {} : localClusters.parse(JSON.parse(text));
  const cluster = clusters[eksName];
  if (cluster === undefined) {
    const known = Object.keys(clusters).sort().join(", ") || "none";
    throw new Error(
      `stand-in for EKS: no control plane of the local environment plays the EKS cluster "${eksName}" (there are: ${known}). ` +
        'Add the cluster to the environment file and run "npm start", which starts one control plane per cluster.',
    );
  }
  return cluster;
}
