import type { Artifact, ModuleFile, Patch, Recipe } from "./recipe.ts";

const KUBERNETES = "1.36.0";
const LANGUAGE_HOST = "github.com/pulumi/pulumi/sdk/v3";
const KUBERNETES_PROVIDER = "github.com/pulumi/pulumi-kubernetes/provider/v4";
const ARGO_CD = "github.com/argoproj/argo-cd/v3";
const KWOK = "sigs.k8s.io/kwok";
const SEALED_SECRETS = "github.com/bitnami-labs/sealed-secrets";
const EXTERNAL_SECRETS = "github.com/external-secrets/external-secrets";

/** The variables of one of the two version packages that a Kubernetes release sets. */
function kubernetesStamps(versionPackage: string): Record<string, string> {
  const [major = "", minor = ""] = KUBERNETES.split(".");
  return {
    [`${versionPackage}.gitVersion`]: `v${KUBERNETES}`,
    [`${versionPackage}.gitMajor`]: major,
    [`${versionPackage}.gitMinor`]: minor,
    [`${versionPackage}.gitTreeState`]: "clean",
  };
}

function kwokStage(path: string): ModuleFile {
  return { module: KWOK, path: `kustomize/stage/${path}` };
}

function externalSecretsDefinition(kind: string): ModuleFile {
  return { module: EXTERNAL_SECRETS, path: `config/crds/bases/${kind}.yaml` };
}

/**
 * A list of imports in External Secrets of which only the providers between `first` and `last` stay: all of them
 * together are ten times the modules and most of the build.
 */
function keepImports(path: string, first: string, last: string, kept?: string): readonly Patch[] {
  const file = { module: EXTERNAL_SECRETS, path };
  const line = (name: string): string => `_ "${EXTERNAL_SECRETS}/${name}"\n`;
  return [
    { file, from: line(first), to: `/* ${line(first)}` },
    ...(kept === undefined ? [] : [{ file, from: line(kept), to: `*/ ${line(kept)} /*\n` }]),
    { file, from: line(last), to: `${line(last)} */\n` },
  ];
}

/**
 * Every tool of the local environment, one row per cache entry. The longest builds come first, so that several at a
 * time end together.
 *
 * To add one: a directory with a `go.mod` (README.md says how to make it), and a row here.
 */
export const RECIPES = [
  {
    name: "pulumi-kubernetes",
    directory: "pulumi-kubernetes",
    version: "4.25.0",
    module: KUBERNETES_PROVIDER,
    stamps: { [`${KUBERNETES_PROVIDER}/pkg/version.Version`]: "4.25.0" },
    embeds: {
      "schema.json": { module: KUBERNETES_PROVIDER, path: "cmd/pulumi-resource-kubernetes/schema.json" },
      "terraform-mapping.json": {
        module: KUBERNETES_PROVIDER,
        path: "cmd/pulumi-resource-kubernetes/terraform-mapping.json",
      },
    },
    artifacts: [{ kind: "program", name: "pulumi-resource-kubernetes", package: ".", plugin: true }],
  },
  {
    name: "kubernetes",
    directory: "kubernetes",
    version: KUBERNETES,
    module: "k8s.io/kubernetes",
    stamps: {
      ...kubernetesStamps("k8s.io/client-go/pkg/version"),
      ...kubernetesStamps("k8s.io/component-base/version"),
    },
    artifacts: [
      { kind: "program", name: "kube-apiserver", package: "k8s.io/kubernetes/cmd/kube-apiserver" },
      {
        kind: "program",
        name: "kube-controller-manager",
        package: "k8s.io/kubernetes/cmd/kube-controller-manager",
      },
      { kind: "program", name: "kube-scheduler", package: "k8s.io/kubernetes/cmd/kube-scheduler" },
      { kind: "program", name: "kubectl", package: "k8s.io/kubernetes/cmd/kubectl" },
    ],
  },
  {
    name: "pulumi",
    directory: "pulumi",
    version: "3.259.0",
    module: "github.com/pulumi/pulumi/pkg/v3",
    stamps: { [`${LANGUAGE_HOST}/go/common/version.Version`]: "3.259.0" },
    artifacts: [{ kind: "program", name: "pulumi", package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" }],
  },
  {
    name: "argo-cd",
    directory: "argo-cd",
    version: "3.2.0",
    module: ARGO_CD,
    stamps: { [`${ARGO_CD}/common.version`]: "3.2.0" },
    patches: [
      {
        // The controller's metrics have a flag for the port and none for the address, and the local environment listens on loopback only.
        file: { module: ARGO_CD, path: "controller/appcontroller.go" },
        from: 'fmt.Sprintf("0.0.0.0:%d", metricsPort)',
        to: 'fmt.Sprintf("127.0.0.1:%d", metricsPort)',
      },
    ],
    artifacts: [
      { kind: "program", name: "argocd", package: `${ARGO_CD}/cmd` },
      { kind: "alias", name: "argocd-application-controller", of: "argocd" },
      { kind: "alias", name: "argocd-applicationset-controller", of: "argocd" },
      { kind: "alias", name: "argocd-repo-server", of: "argocd" },
    ],
  },
  {
    name: "kwok",
    directory: "kwok",
    version: "0.8.0",
    module: KWOK,
    artifacts: [{ kind: "program", name: "kwok", package: `${KWOK}/cmd/kwok` }],
  },
  {
    name: "pulumi-nodejs",
    directory: "pulumi-nodejs",
    version: "3.68.0",
    module: LANGUAGE_HOST,
    artifacts: [
      { kind: "program", name: "pulumi-language-nodejs", package: "." },
      {
        kind: "program",
        name: "pulumi-language-nodejs-host",
        package: `${LANGUAGE_HOST}/nodejs/cmd/pulumi-language-nodejs`,
      },
      {
        kind: "script",
        name: "pulumi-resource-pulumi-nodejs",
        from: { module: LANGUAGE_HOST, path: "nodejs/dist/pulumi-resource-pulumi-nodejs" },
      },
      {
        kind: "script",
        name: "pulumi-analyzer-policy",
        from: { module: LANGUAGE_HOST, path: "nodejs/dist/pulumi-analyzer-policy" },
      },
    ],
  },
  {
    name: "external-secrets",
    directory: "external-secrets",
    version: "0.19.2",
    module: EXTERNAL_SECRETS,
    onlyForTests: true,
    patches: [
      ...keepImports(
        "pkg/provider/register/register.go",
        "pkg/provider/akeyless",
        "pkg/provider/yandex/lockbox",
        "pkg/provider/aws",
      ),
      ...keepImports("pkg/generator/register/register.go", "pkg/generator/acr", "pkg/generator/webhook"),
    ],
    artifacts: [
      { kind: "program", name: "external-secrets", package: EXTERNAL_SECRETS },
      {
        kind: "data",
        name: "external-secrets-definitions.yaml",
        from: [
          externalSecretsDefinition("external-secrets.io_externalsecrets"),
          externalSecretsDefinition("external-secrets.io_clustersecretstores"),
          externalSecretsDefinition("external-secrets.io_secretstores"),
          externalSecretsDefinition("generators.external-secrets.io_generatorstates"),
        ],
      },
    ],
  },
  {
    name: "sealed-secrets",
    directory: "sealed-secrets",
    version: "0.36.0",
    module: SEALED_SECRETS,
    onlyForTests: true,
    stamps: { "main.VERSION": "0.36.0" },
    patches: [
      // Upstream's controller knows no configuration but a pod's; here it is a process.
      {
        file: { module: SEALED_SECRETS, path: "pkg/controller/main.go" },
        from: '"k8s.io/client-go/rest"',
        to: '"k8s.io/client-go/tools/clientcmd"',
      },
      {
        file: { module: SEALED_SECRETS, path: "pkg/controller/main.go" },
        from: "rest.InClusterConfig()",
        to: 'clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))',
      },
    ],
    artifacts: [
      {
        kind: "program",
        name: "sealed-secrets-controller",
        package: `${SEALED_SECRETS}/cmd/controller`,
      },
      {
        kind: "data",
        name: "sealed-secrets-definitions.yaml",
        from: [{ module: SEALED_SECRETS, path: "helm/sealed-secrets/crds/bitnami.com_sealedsecrets.yaml" }],
      },
    ],
  },
  {
    name: "etcd",
    directory: "etcd",
    version: "3.6.5",
    module: "go.etcd.io/etcd/server/v3",
    artifacts: [{ kind: "program", name: "etcd", package: "go.etcd.io/etcd/server/v3" }],
  },
  {
    name: "nats-server",
    directory: "nats-server",
    version: "2.15.2",
    module: "github.com/nats-io/nats-server/v2",
    artifacts: [{ kind: "program", name: "nats-server", package: "github.com/nats-io/nats-server/v2" }],
  },
  {
    name: "redis",
    directory: "redis",
    version: "2.40.0",
    module: "github.com/alicebob/miniredis/v2",
    artifacts: [{ kind: "program", name: "redis", package: "." }],
  },
  // Entries of their own: a program of the same version on PATH saves a build, and these files are needed all the same.
  {
    name: "argo-cd-manifests",
    directory: "argo-cd",
    version: "3.2.0",
    module: ARGO_CD,
    artifacts: [
      {
        kind: "data",
        name: "argocd-install.yaml",
        from: [{ module: ARGO_CD, path: "manifests/install.yaml" }],
      },
    ],
  },
  {
    name: "kwok-stages",
    directory: "kwok",
    version: "0.8.0",
    module: KWOK,
    artifacts: [
      {
        kind: "data",
        name: "kwok-stages.yaml",
        from: [
          kwokStage("node/fast/node-initialize.yaml"),
          kwokStage("node/heartbeat/node-heartbeat.yaml"),
          kwokStage("pod/fast/pod-ready.yaml"),
          kwokStage("pod/fast/pod-complete.yaml"),
          kwokStage("pod/fast/pod-delete.yaml"),
        ],
      },
    ],
  },
] as const satisfies readonly Recipe[];

type ArtifactOfTable = (typeof RECIPES)[number]["artifacts"][number];

/** Name of one executable of the toolchain. */
export type ToolName = Exclude<ArtifactOfTable, Extract<Artifact, { kind: "data" }>>["name"];

/** Name of one data file of the toolchain. */
export type ToolFile = Extract<ArtifactOfTable, { kind: "data" }>["name"];
