import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  RbacAuthorizationV1Api,
  setHeaderOptions,
} from "@kubernetes/client-node";
import { stringify } from "yaml";
import { ensureToolchain } from "../../../local/toolchain/toolchain.ts";
import { TestApiServer } from "./api-server.ts";
import { freePort } from "./free-ports.ts";

/** What a Deployment needs of the controller manager. */
const CONTROLLERS = [
  "deployment-controller",
  "replicaset-controller",
  "garbage-collector-controller",
  "serviceaccount-controller",
];

const MERGE = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);

/** A Deployment of the cluster, and what the test decides of it. */
export interface TestDeployment {
  readonly namespace: string;
  readonly name: string;
  /** Annotations of the pod template. */
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * A real kube-apiserver with the real controllers of Deployments, and no nodes: the test plays the kubelet, so that pods
 * become ready and end exactly when it says so.
 */
export class TestWorkloadCluster {
  private constructor(
    private readonly server: TestApiServer,
    private readonly directory: string,
    private readonly controllers: ChildProcess,
    private readonly config: KubeConfig,
  ) {}

  static async start(): Promise<TestWorkloadCluster> {
    const server = await TestApiServer.start();
    const directory = await mkdtemp(join(tmpdir(), "haulway-controllers-"));
    const kubeconfig = join(directory, "kubeconfig.yaml");
    await writeFile(kubeconfig, server.kubeconfig, { mode: 0o600 });
    const log = await open(join(directory, "log"), "a");
    const controllers = spawn(
      (await ensureToolchain()).path("kube-controller-manager"),
      [
        `--kubeconfig=${kubeconfig}`,
        `--controllers=${CONTROLLERS.join(",")}`,
        "--bind-address=127.0.0.1",
        `--secure-port=${await freePort()}`,
        `--cert-dir=${directory}`,
        "--leader-elect=false",
      ],
      { stdio: ["ignore", log.fd, log.fd] },
    );
    await log.close();
    const config = new KubeConfig();
    config.loadFromString(server.kubeconfig);
    return new TestWorkloadCluster(server, directory, controllers, config);
  }

  /** Of an administrator, as text. */
  get kubeconfig(): string {
    return this.server.kubeconfig;
  }

  /**
   * A kubeconfig as EKS has them: its user gets a token from a command. The user may do nothing but get Deployments and
   * list pods in the namespace.
   */
  async readerKubeconfig(namespace: string): Promise<string> {
    const rbac = this.config.makeApiClient(RbacAuthorizationV1Api);
    await rbac.createNamespacedRole({
      namespace,
      body: {
        metadata: { name: "reader" },
        rules: [
          { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"] },
          { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
        ],
      },
    });
    await rbac.createNamespacedRoleBinding({
      namespace,
      body: {
        metadata: { name: "reader" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
        subjects: [{ kind: "ServiceAccount", name: "default", namespace }],
      },
    });
    const { status } = await this.core().createNamespacedServiceAccountToken({
      namespace,
      name: "default",
      body: { spec: { audiences: [] } },
    });
    const apiVersion = "client.authentication.k8s.io/v1beta1";
    const credential = join(this.directory, "credential.json");
    await writeFile(credential, JSON.stringify({ apiVersion, kind: "ExecCredential", status }), {
      mode: 0o600,
    });
    const cluster = this.config.getCurrentCluster();
    return stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: "cluster",
          cluster: { server: cluster?.server, "certificate-authority-data": cluster?.caData },
        },
      ],
      users: [{ name: "reader", user: { exec: { apiVersion, command: "cat", args: [credential] } } }],
      contexts: [{ name: "reader", context: { cluster: "cluster", user: "reader" } }],
      "current-context": "reader",
    });
  }

  /** Makes the namespace, and waits until pods can be created in it. */
  async createNamespace(name: string): Promise<void> {
    await this.core().createNamespace({ body: { metadata: { name } } });
    const isThere = () =>
      this.core()
        .readNamespacedServiceAccount({ namespace: name, name: "default" })
        .then(
          () => true,
          () => false,
        );
    await this.until(isThere, `the service account of namespace ${name}`);
  }

  /** Makes a Deployment of two pods, which start at once. */
  async deploy({ namespace, name, annotations }: TestDeployment): Promise<void> {
    const labels = { app: name };
    await this.apps().createNamespacedDeployment({
      namespace,
      body: {
        metadata: { name },
        spec: {
          replicas: 2,
          selector: { matchLabels: labels },
          strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          template: {
            metadata: { labels, annotations: { ...annotations } },
            spec: { nodeName: "node-1", containers: [{ name, image: "registry.example/image:1" }] },
          },
        },
      },
    });
    await this.rollOut(namespace, name);
  }

  /** Changes the annotations of a Deployment's template, as a sync of Argo CD does. Its pods stay as they are. */
  async annotate({ namespace, name, annotations }: TestDeployment): Promise<void> {
    await this.apps().patchNamespacedDeployment(
      { namespace, name, body: { spec: { template: { metadata: { annotations } } } } },
      MERGE,
    );
  }

  async deleteDeployment(namespace: string, name: string): Promise<void> {
    await this.apps().deleteNamespacedDeployment({ namespace, name });
  }

  /**
   * Plays the kubelet until the controllers have replaced all pods of a Deployment.
   *
   * @param options.lingering leaves the pods that end in their last moments, as a process that handles its last requests does
   */
  async rollOut(namespace: string, name: string, options: { lingering?: boolean } = {}): Promise<void> {
    await this.until(async () => {
      await this.startPods(namespace);
      if (options.lingering !== true) await this.endPods(namespace);
      const { metadata, status } = await this.apps().readNamespacedDeployment({ namespace, name });
      const { observedGeneration = 0, replicas, updatedReplicas, availableReplicas } = status ?? {};
      const isSeen = observedGeneration >= (metadata?.generation ?? 0);
      return isSeen && [replicas, updatedReplicas, availableReplicas].every((count) => count === 2);
    }, `the roll-out of ${namespace}/${name}`);
    if (options.lingering !== true) await this.endPods(namespace);
  }

  /** Ends the pods that were told to end. */
  async endPods(namespace: string): Promise<void> {
    const { items } = await this.core().listNamespacedPod({ namespace });
    for (const { metadata } of items) {
      if (metadata?.deletionTimestamp === undefined || metadata.name === undefined) continue;
      await this.core().deleteNamespacedPod({ namespace, name: metadata.name, gracePeriodSeconds: 0 });
    }
  }

  /** Plays the kubelet until no pod is left in the namespace. */
  async untilGone(namespace: string): Promise<void> {
    await this.until(async () => {
      await this.endPods(namespace);
      return (await this.core().listNamespacedPod({ namespace })).items.length === 0;
    }, `the end of all pods in ${namespace}`);
  }

  async close(): Promise<void> {
    if (this.controllers.exitCode === null) {
      const exit = once(this.controllers, "exit");
      this.controllers.kill("SIGKILL");
      await exit;
    }
    await this.server.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  private async startPods(namespace: string): Promise<void> {
    const { items } = await this.core().listNamespacedPod({ namespace });
    for (const { metadata, status } of items) {
      if (status?.phase === "Running" || metadata?.name === undefined) continue;
      const condition = { type: "Ready", status: "True" };
      await this.core().patchNamespacedPodStatus(
        { namespace, name: metadata.name, body: { status: { phase: "Running", conditions: [condition] } } },
        MERGE,
      );
    }
  }

  private async until(isDone: () => Promise<boolean>, what: string): Promise<void> {
    while (!(await isDone())) {
      if (this.controllers.exitCode !== null) {
        const log = await readFile(join(this.directory, "log"), "utf8");
        throw new Error(`the controllers ended before ${what}: ${log.slice(-2000)}`);
      }
      await sleep(100);
    }
  }

  private apps(): AppsV1Api {
    return this.config.makeApiClient(AppsV1Api);
  }

  private core(): CoreV1Api {
    return this.config.makeApiClient(CoreV1Api);
  }
}
