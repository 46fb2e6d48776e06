import type { Deployment, KubernetesClient, Pod } from "../kubernetes-client.ts";
import type { Consumer } from "./creds-source.ts";

const FINALIZER = "haulway.dev/proof";

/**
 * Plays the kubelet's part in the end of a workload's pods. kwok has no containers to wait for, and removes a pod at once; a
 * finalizer keeps it until the client, which stands for the containers, has let go of the creds that the pod started with.
 */
export class PodKeeper {
  constructor(
    private readonly cluster: KubernetesClient,
    private readonly consumer: Consumer,
  ) {}

  /**
   * Holds the pods that started with these creds, and lets go of those that started with others.
   *
   * @param key the key of the Secret that the client uses
   */
  async keep(key: string): Promise<void> {
    for (const pod of await this.#pods()) {
      const { annotations, deletionTimestamp } = pod.metadata;
      const isUsed = `${annotations?.[`haulway.dev/nats-${this.consumer.user}`]}.creds` === key;
      if (!isUsed) await this.#finalize(pod, []);
      else if (deletionTimestamp === undefined) await this.#finalize(pod, [FINALIZER]);
    }
  }

  /** Lets go of all pods. */
  async release(): Promise<void> {
    for (const pod of await this.#pods()) await this.#finalize(pod, []);
  }

  async #pods(): Promise<readonly Pod[]> {
    const { namespace, deployment } = this.consumer;
    const { spec } = await this.cluster.read<Deployment>(
      `/apis/apps/v1/namespaces/${namespace}/deployments/${deployment}`,
    );
    const selector = Object.entries(spec.selector.matchLabels).map((label) => label.join("="));
    return this.cluster.list<Pod>(
      `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector.join(","))}`,
    );
  }

  async #finalize({ metadata }: Pod, finalizers: readonly string[]): Promise<void> {
    const { namespace = "", name, finalizers: present = [] } = metadata;
    if (present.length === finalizers.length) return;
    await this.cluster.patch(`/api/v1/namespaces/${namespace}/pods/${name}`, { metadata: { finalizers } });
  }
}
