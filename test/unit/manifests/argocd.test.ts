import { describe, expect, test } from "vitest";
import { systemsProject, teamProject } from "../../../manifests/argocd/app-project.ts";
import { systemApplication, workloadApplication } from "../../../manifests/argocd/application.ts";
import {
  clusterSecretMetadata,
  eksConnection,
  inClusterConnection,
} from "../../../manifests/argocd/cluster-secret.ts";
import { argoCdSettings } from "../../../manifests/argocd/settings.ts";

const ids = { environment: "test", team: "claims", system: "intake-system", workload: "intake" };
const source = { url: "https://git.test/state.git", branch: "main" };

describe("Applications", () => {
  test("a workload's reads its directory for the cluster and writes to its system's namespace there", () => {
    expect(workloadApplication(ids, { name: "a", eksName: "test-a" }, source)).toEqual({
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: {
        name: "intake-system-intake-a",
        namespace: "argocd",
        labels: {
          "app.kubernetes.io/name": "intake",
          "app.kubernetes.io/part-of": "intake-system",
          "app.kubernetes.io/managed-by": "haulway",
          "haulway.dev/environment": "test",
          "haulway.dev/team": "claims",
          "haulway.dev/cluster": "a",
        },
        finalizers: ["resources-finalizer.argocd.argoproj.io"],
      },
      spec: {
        project: "team-claims",
        source: {
          repoURL: "https://git.test/state.git",
          targetRevision: "main",
          path: "teams/claims/systems/intake-system/workloads/intake/a",
        },
        destination: { name: "test-a", namespace: "intake-system" },
        syncPolicy: {
          automated: { prune: true, selfHeal: true },
          syncOptions: ["PruneLast=true"],
          retry: { limit: -1, backoff: { duration: "5s", factor: 2, maxDuration: "3m" } },
        },
      },
    });
  });

  test("a system's reads the Applications of its workloads into Argo CD's namespace, in the platform's project", () => {
    const { metadata, spec } = systemApplication(ids, source);
    expect(metadata.name).toBe("intake-system");
    expect(metadata.finalizers).toEqual(["resources-finalizer.argocd.argoproj.io"]);
    expect(spec.project).toBe("systems");
    expect(spec.source.path).toBe("teams/claims/systems/intake-system/applications");
    expect(spec.destination).toEqual({ server: "https://kubernetes.default.svc", namespace: "argocd" });
  });
});

describe("AppProjects", () => {
  test("a team's reaches each system's namespace on the clusters of that system, and nothing else", () => {
    const a = { name: "test-a", server: "https://a.test" };
    const b = { name: "test-b", server: "https://b.test" };
    const { metadata, spec } = teamProject(ids, source.url, [
      { system: "one", clusters: [a, b] },
      { system: "two", clusters: [b] },
    ]);
    expect(metadata.name).toBe("team-claims");
    expect(spec.sourceRepos).toEqual(["https://git.test/state.git"]);
    expect(spec.destinations).toEqual([
      { ...a, namespace: "one" },
      { ...b, namespace: "one" },
      { ...b, namespace: "two" },
    ]);
    expect(spec.clusterResourceWhitelist).toEqual([]);
    expect(spec.namespaceResourceWhitelist.map(({ kind }) => kind)).toEqual([
      "Service",
      "ServiceAccount",
      "Deployment",
      "SealedSecret",
      "ExternalSecret",
      "PodDisruptionBudget",
    ]);
  });

  test("the systems' holds Applications in Argo CD's namespace, and nothing else", () => {
    const { spec } = systemsProject("test", source.url);
    expect(spec.destinations).toEqual([{ server: "https://kubernetes.default.svc", namespace: "argocd" }]);
    expect(spec.namespaceResourceWhitelist).toEqual([{ group: "argoproj.io", kind: "Application" }]);
    expect(spec.clusterResourceWhitelist).toEqual([]);
  });
});

describe("cluster Secrets", () => {
  const cluster = {
    environment: "test",
    name: "a",
    eksName: "test-a",
    role: "workload",
    kubernetesVersion: "1.36",
    labels: { tier: "general" },
    accountId: "000000000000",
    region: "eu-central-1",
  } as const;

  test("carry the environment's labels, Haulway's own, and the version of their form", () => {
    expect(clusterSecretMetadata(cluster)).toEqual({
      name: "cluster-test-a",
      namespace: "argocd",
      labels: {
        tier: "general",
        "app.kubernetes.io/managed-by": "haulway",
        "argocd.argoproj.io/secret-type": "cluster",
        "haulway.dev/environment": "test",
        "haulway.dev/cluster": "a",
        "haulway.dev/role": "workload",
        "haulway.dev/kubernetes-version": "1.36",
      },
      annotations: {
        "haulway.dev/metadata-version": "1",
        "haulway.dev/eks-name": "test-a",
        "haulway.dev/aws-account": "000000000000",
        "haulway.dev/aws-region": "eu-central-1",
      },
    });
  });

  test("cannot be taken for another kind of Secret by a label of the environment", () => {
    const labels = { "argocd.argoproj.io/secret-type": "repository", "haulway.dev/role": "platform" };
    expect(clusterSecretMetadata({ ...cluster, labels }).labels).toMatchObject({
      "argocd.argoproj.io/secret-type": "cluster",
      "haulway.dev/role": "workload",
    });
  });

  test("hold no credential: a role to assume, and the authority that signed the API server's certificate", () => {
    const connection = eksConnection({
      eksName: "test-a",
      endpoint: "https://a.test",
      certificateAuthority: "Y2E=",
      roleArn: "arn:aws:iam::000000000000:role/test-a-argocd",
    });
    expect(connection).toMatchObject({ name: "test-a", server: "https://a.test" });
    expect(JSON.parse(connection.config)).toEqual({
      awsAuthConfig: { clusterName: "test-a", roleARN: "arn:aws:iam::000000000000:role/test-a-argocd" },
      tlsClientConfig: { insecure: false, caData: "Y2E=" },
    });
    expect(JSON.parse(inClusterConnection("test-hub").config)).toEqual({
      tlsClientConfig: { insecure: false },
    });
  });
});

test("Argo CD's settings are labelled as its own, and make an Application of Applications as healthy as those", () => {
  const { metadata, data } = argoCdSettings({ reconciliation: "60s" });
  expect(metadata).toEqual({
    name: "argocd-cm",
    namespace: "argocd",
    labels: { "app.kubernetes.io/name": "argocd-cm", "app.kubernetes.io/part-of": "argocd" },
  });
  expect(data["timeout.reconciliation"]).toBe("60s");
  expect(data["resource.customizations.health.argoproj.io_Application"]).toContain(
    "obj.status.health.status",
  );
});
