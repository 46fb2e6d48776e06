import { writeFileAtomically } from "../atomic-file.ts";
import { answersHttps } from "../processes/probe.ts";
import type { ProcessSpec } from "../processes/process-spec.ts";
import { apiServerName, type ControlPlaneContext, type LocalCluster, serverAddress } from "./cluster.ts";
import { type EtcdCertificates, etcdUrl } from "./etcd.ts";
import { renderKubeconfig, renderTokenWebhook } from "./kubeconfig.ts";
import type { CertificateFiles, ClientIdentity } from "./pki.ts";

/** EKS gives services these addresses where the VPC lies in 10.0.0.0/8. */
const serviceRange = "172.20.0.0/16";
const kubernetesServiceAddress = "172.20.0.1";
/** Pods get addresses that no process answers at. */
const podRange = "100.64.0.0/16";

/** The user that kwok is to a cluster's API server. */
export const kwokUser = "kwok-controller";

/** What the processes of one control plane read: made by {@link prepareControlPlane}. */
export interface ControlPlaneFiles {
  readonly serving: CertificateFiles;
  readonly admin: CertificateFiles;
  readonly serviceAccountKey: CertificateFiles;
  readonly adminKubeconfig: string;
  readonly controllerManagerKubeconfig: string;
  readonly schedulerKubeconfig: string;
  readonly kwokKubeconfig: string;
  readonly tokenWebhook: string;
}

/** The names of the ports that a control plane uses. */
export function controlPlanePorts(cluster: LocalCluster): string[] {
  return [
    apiServerName(cluster),
    ...["kube-controller-manager", "kube-scheduler", "kwok"].map((role) => `${cluster.name}-${role}`),
  ];
}

/**
 * Issues the certificates of a cluster and writes the kubeconfigs of its processes and of its administrator, who is in
 * `system:masters`. Files that are right are kept.
 *
 * @param authenticator URL at which the cluster's API server has tokens reviewed.
 */
export async function prepareControlPlane(
  context: ControlPlaneContext,
  cluster: LocalCluster,
  authenticator: string,
): Promise<ControlPlaneFiles> {
  const { layout, pki, ports } = context;
  const kubeconfig = async (role: string, file: string, identity: ClientIdentity) => {
    const credentials = await pki.issueClientCertificate(`${cluster.name}-${role}`, identity);
    const content = renderKubeconfig({
      cluster: cluster.eksName,
      server: serverAddress(cluster, ports),
      caCertificate: pki.caCertificate,
      user: role,
      credentials,
    });
    await writeFileAtomically(file, content, 0o600);
    return { credentials, file };
  };
  const internal = async (role: string, user: string) =>
    (await kubeconfig(role, layout.controlPlane.file(`${cluster.name}-${role}.yaml`), { user, groups: [] }))
      .file;

  const admin = await kubeconfig("admin", layout.kubeconfigs.file(cluster.name), {
    user: "kubernetes-admin",
    groups: ["system:masters"],
  });
  const tokenWebhook = layout.controlPlane.file(`${cluster.name}-token-webhook.yaml`);
  await writeFileAtomically(tokenWebhook, renderTokenWebhook(authenticator, pki.caFile));
  return {
    serving: await pki.issueServingCertificate(`${cluster.name}-control-plane`, [
      "127.0.0.1",
      "localhost",
      "kubernetes",
      "kubernetes.default",
      "kubernetes.default.svc",
      "kubernetes.default.svc.cluster.local",
      kubernetesServiceAddress,
    ]),
    admin: admin.credentials,
    adminKubeconfig: admin.file,
    serviceAccountKey: await pki.ensureSigningKey(`${cluster.name}-service-accounts`),
    controllerManagerKubeconfig: await internal("kube-controller-manager", "system:kube-controller-manager"),
    schedulerKubeconfig: await internal("kube-scheduler", "system:kube-scheduler"),
    kwokKubeconfig: await internal("kwok", kwokUser),
    tokenWebhook,
  };
}

/** The API server of a cluster: RBAC, client certificates, service account tokens, and the authenticator for everything else. */
export function kubeApiServer(
  context: ControlPlaneContext,
  cluster: LocalCluster,
  files: ControlPlaneFiles,
  etcd: EtcdCertificates,
): ProcessSpec {
  const { toolchain, pki, ports } = context;
  const name = apiServerName(cluster);
  return {
    name,
    command: toolchain.path("kube-apiserver"),
    args: [
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      `--secure-port=${ports(name)}`,
      `--tls-cert-file=${files.serving.certificate}`,
      `--tls-private-key-file=${files.serving.key}`,
      `--client-ca-file=${pki.caFile}`,
      "--authorization-mode=RBAC",
      `--authentication-token-webhook-config-file=${files.tokenWebhook}`,
      "--authentication-token-webhook-version=v1",
      // A change of an access entry counts at once.
      "--authentication-token-webhook-cache-ttl=1s",
      "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
      `--service-account-key-file=${files.serviceAccountKey.certificate}`,
      `--service-account-signing-key-file=${files.serviceAccountKey.key}`,
      `--service-cluster-ip-range=${serviceRange}`,
      // Endpoints of the `kubernetes` Service must not be loopback addresses, and nothing in a pod runs that would use them.
      "--endpoint-reconciler-type=none",
      `--etcd-servers=${etcdUrl(context)}`,
      `--etcd-prefix=/registry/${cluster.name}`,
      `--etcd-cafile=${pki.caFile}`,
      `--etcd-certfile=${etcd.client.certificate}`,
      `--etcd-keyfile=${etcd.client.key}`,
      "--allow-privileged=true",
      "--profiling=false",
      "--event-ttl=20m",
      // Its queues cost memory and protect against crowds that no developer's machine has.
      "--enable-priority-and-fairness=false",
    ],
    env: { GOMEMLIMIT: "400MiB" },
    configuration: [files.tokenWebhook, files.serviceAccountKey.certificate, pki.caFile],
    port: ports(name),
    ready: (signal) =>
      answersHttps(`${serverAddress(cluster, ports)}/readyz`, { caFile: pki.caFile, ...files.admin }, signal),
    readyTimeoutSeconds: 120,
  };
}

/** The controller manager of a cluster, without the controllers that need a cloud, a kubelet or a disk. */
export function kubeControllerManager(
  context: ControlPlaneContext,
  cluster: LocalCluster,
  files: ControlPlaneFiles,
): ProcessSpec {
  const { pki } = context;
  return servant(context, cluster, "kube-controller-manager", files, [
    `--kubeconfig=${files.controllerManagerKubeconfig}`,
    `--authentication-kubeconfig=${files.controllerManagerKubeconfig}`,
    `--authorization-kubeconfig=${files.controllerManagerKubeconfig}`,
    `--service-account-private-key-file=${files.serviceAccountKey.key}`,
    `--root-ca-file=${pki.caFile}`,
    "--use-service-account-credentials=true",
    // kwok's nodes never fail. While the API server is down their heartbeats are missing, and pods that were marked as not ready then
    // would stay so, because no kubelet corrects it.
    "--node-monitor-grace-period=8760h",
    `--controllers=${["*", ...idleControllers.map((controller) => `-${controller}`)].join(",")}`,
  ]);
}

/** Controllers that would watch and find nothing to do. Names as `kube-controller-manager --help` lists them. */
const idleControllers = [
  "certificatesigningrequest-approving-controller",
  "certificatesigningrequest-cleaner-controller",
  "certificatesigningrequest-signing-controller",
  "device-taint-eviction-controller",
  "legacy-serviceaccount-token-cleaner-controller",
  "node-ipam-controller",
  "node-route-controller",
  "persistentvolume-attach-detach-controller",
  "persistentvolume-expander-controller",
  "resourceclaim-controller",
  "service-lb-controller",
  "storage-version-migrator-controller",
];

/** The scheduler of a cluster. */
export function kubeScheduler(
  context: ControlPlaneContext,
  cluster: LocalCluster,
  files: ControlPlaneFiles,
): ProcessSpec {
  return servant(context, cluster, "kube-scheduler", files, [
    `--kubeconfig=${files.schedulerKubeconfig}`,
    `--authentication-kubeconfig=${files.schedulerKubeconfig}`,
    `--authorization-kubeconfig=${files.schedulerKubeconfig}`,
  ]);
}

function servant(
  { toolchain, pki, ports }: ControlPlaneContext,
  cluster: LocalCluster,
  program: "kube-controller-manager" | "kube-scheduler",
  files: ControlPlaneFiles,
  args: readonly string[],
): ProcessSpec {
  const name = `${cluster.name}-${program}`;
  return {
    name,
    command: toolchain.path(program),
    args: [
      ...args,
      "--bind-address=127.0.0.1",
      `--secure-port=${ports(name)}`,
      `--tls-cert-file=${files.serving.certificate}`,
      `--tls-private-key-file=${files.serving.key}`,
      "--leader-elect=false",
      "--profiling=false",
    ],
    env: { GOGC: "50" },
    configuration: [pki.caFile],
    port: ports(name),
    ready: (signal) =>
      answersHttps(`https://127.0.0.1:${ports(name)}/healthz`, { caFile: pki.caFile }, signal),
  };
}

/** kwok: plays the kubelets of all nodes. Pods that are scheduled become ready; no container runs. */
export function kwok(
  { toolchain, ports }: ControlPlaneContext,
  cluster: LocalCluster,
  files: ControlPlaneFiles,
): ProcessSpec {
  const name = `${cluster.name}-kwok`;
  return {
    name,
    command: toolchain.path("kwok"),
    args: [
      `--kubeconfig=${files.kwokKubeconfig}`,
      `--config=${toolchain.file("kwok-stages.yaml")}`,
      "--manage-all-nodes=true",
      `--cidr=${podRange}`,
      "--node-ip=127.0.0.1",
      "--node-port=0",
      `--server-address=127.0.0.1:${ports(name)}`,
    ],
    env: { GOGC: "50" },
    port: ports(name),
    ready: async (signal) => {
      const answer = await fetch(`http://127.0.0.1:${ports(name)}/healthz`, { signal });
      return answer.ok;
    },
  };
}
