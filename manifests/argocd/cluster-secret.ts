import { HAULWAY_DOMAIN, MANAGED_BY } from "../labels.ts";
import { ARGOCD_NAMESPACE, IN_CLUSTER_SERVER, SECRET_TYPE_LABEL } from "./argo-cd.ts";

/**
 * Version of {@link ClusterMetadata}'s form on the Secret. It goes up when a label or annotation is renamed or changes its
 * meaning, so that an ApplicationSet can tell.
 */
export const CLUSTER_METADATA_VERSION = "1";

/** What ApplicationSets may know of a cluster. Labels select clusters, annotations carry values. */
export interface ClusterMetadata {
  readonly environment: string;
  /** Name within the environment, such as `workload-a`. */
  readonly name: string;
  /** Name in EKS, such as `dev-workload-a`; also the cluster's name in Argo CD. */
  readonly eksName: string;
  readonly role: "platform" | "workload";
  /** Minor version, such as `1.36`. */
  readonly kubernetesVersion: string;
  /** The labels that the environment gives the cluster. */
  readonly labels: Readonly<Record<string, string>>;
  readonly accountId: string;
  readonly region: string;
}

/** The cluster Secret that tells Argo CD of a cluster, all but how to reach it. */
export interface ClusterSecretMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

/**
 * Name, labels and annotations of a cluster Secret. The labels of the environment stand as they are, next to Haulway's own
 * `haulway.dev/{environment,cluster,role,kubernetes-version}`; what may be longer than a label's 63 characters is an
 * annotation.
 */
export function clusterSecretMetadata(cluster: ClusterMetadata): ClusterSecretMetadata {
  return {
    name: `cluster-${cluster.eksName}`,
    namespace: ARGOCD_NAMESPACE,
    labels: {
      ...cluster.labels,
      "app.kubernetes.io/managed-by": MANAGED_BY,
      [SECRET_TYPE_LABEL]: "cluster",
      [`${HAULWAY_DOMAIN}/environment`]: cluster.environment,
      [`${HAULWAY_DOMAIN}/cluster`]: cluster.name,
      [`${HAULWAY_DOMAIN}/role`]: cluster.role,
      [`${HAULWAY_DOMAIN}/kubernetes-version`]: cluster.kubernetesVersion,
    },
    annotations: {
      [`${HAULWAY_DOMAIN}/metadata-version`]: CLUSTER_METADATA_VERSION,
      [`${HAULWAY_DOMAIN}/eks-name`]: cluster.eksName,
      [`${HAULWAY_DOMAIN}/aws-account`]: cluster.accountId,
      [`${HAULWAY_DOMAIN}/aws-region`]: cluster.region,
    },
  };
}

/** How Argo CD reaches the cluster it runs on: by its own ServiceAccount. */
export function inClusterConnection(eksName: string): { name: string; server: string; config: string } {
  return {
    name: eksName,
    server: IN_CLUSTER_SERVER,
    config: JSON.stringify({ tlsClientConfig: { insecure: false } }),
  };
}

/**
 * How Argo CD reaches another EKS cluster: it assumes the cluster's role and asks for a token by it. Nothing in here is a
 * credential.
 *
 * @param cluster.certificateAuthority base64 of the PEM certificate, as EKS gives it
 */
export function eksConnection(cluster: {
  readonly eksName: string;
  readonly endpoint: string;
  readonly certificateAuthority: string;
  readonly roleArn: string;
}): { name: string; server: string; config: string } {
  return {
    name: cluster.eksName,
    server: cluster.endpoint,
    config: JSON.stringify({
      awsAuthConfig: { clusterName: cluster.eksName, roleARN: cluster.roleArn },
      tlsClientConfig: { insecure: false, caData: cluster.certificateAuthority },
    }),
  };
}
