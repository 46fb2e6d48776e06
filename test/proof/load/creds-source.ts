import type { Deployment, KubernetesClient, Secret } from "../kubernetes-client.ts";

/** A workload on a cluster, and one of its NATS users. */
export interface Consumer {
  readonly cluster: string;
  readonly namespace: string;
  readonly deployment: string;
  readonly user: string;
}

/** What a container of a workload finds when it starts. */
export interface MountedCreds {
  /** Key of the Secret: another one is another generation. */
  readonly key: string;
  readonly creds: string;
  readonly inboxPrefix: string;
}

/**
 * The creds as a container gets them: the key that the pod template names, of the Secret that it names. `undefined` when
 * the Secret does not have that key yet; the kubelet would not start the container then.
 */
export async function mountedCreds(
  cluster: KubernetesClient,
  { namespace, deployment, user }: Consumer,
): Promise<MountedCreds | undefined> {
  const { spec } = await cluster.read<Deployment>(
    `/apis/apps/v1/namespaces/${namespace}/deployments/${deployment}`,
  );
  const pod = spec.template.spec;
  const secret = pod.volumes?.find(({ name }) => name === `nats-${user}`)?.secret;
  const key = secret?.items?.[0]?.key;
  if (secret === undefined || key === undefined) throw new Error(`${deployment} mounts no creds of ${user}`);
  const variable = `NATS_INBOX_PREFIX_${user.toUpperCase().replaceAll("-", "_")}`;
  const inboxPrefix = pod.containers[0]?.env?.find(({ name }) => name === variable)?.value ?? "";
  const { data } = await cluster.read<Secret>(`/api/v1/namespaces/${namespace}/secrets/${secret.secretName}`);
  const creds = data?.[key];
  return creds === undefined
    ? undefined
    : { key, creds: Buffer.from(creds, "base64").toString(), inboxPrefix };
}
