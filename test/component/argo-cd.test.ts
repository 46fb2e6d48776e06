// Proves what Argo CD is installed from and configured by. The order, and that the definitions work, show on the engine.
import { describe, expect, test } from "vitest";
import { ArgoCd } from "../../components/gitops/argo-cd.ts";
import { ArgoCdIdentity } from "../../components/gitops/argo-cd-identity.ts";
import type { ClusterMetadata } from "../../manifests/argocd/cluster-secret.ts";
import { testEnvironment } from "./support/inputs.ts";
import { record } from "./support/recorder.ts";

const cluster: ClusterMetadata = {
  environment: "test",
  name: "hub",
  eksName: "test-hub",
  role: "platform",
  kubernetesVersion: "1.36",
  labels: {},
  accountId: "000000000000",
  region: "eu-central-1",
};

function build() {
  return record(
    () =>
      new ArgoCd("argocd", {
        environment: testEnvironment(),
        manifests: { foundation: "kind: Role", controllers: "kind: Deployment", sha256: "f".repeat(64) },
        cluster,
        kubeconfig: "kubeconfig",
        stateStorePassword: "hunter2",
      }),
  );
}

describe("ArgoCd", () => {
  test("is a namespace, the definitions, the settings, two Secrets, a project and the rest of the manifests", async () => {
    const { children } = await build();
    expect(children).toEqual([
      "haulway:gitops:ArgoCd argocd",
      "kubernetes:argoproj.io/v1alpha1:AppProject argocd-systems",
      "kubernetes:core/v1:ConfigMap argocd-settings",
      "kubernetes:core/v1:Namespace argocd-namespace",
      "kubernetes:core/v1:Secret argocd-in-cluster",
      "kubernetes:core/v1:Secret argocd-state-store",
      "kubernetes:yaml/v2:ConfigGroup argocd-controllers",
      "kubernetes:yaml/v2:ConfigGroup argocd-foundation",
      "pulumi-nodejs:dynamic/haulway:CustomResourceDefinitions argocd-definitions",
    ]);
  });

  test("installs definitions by reference to the file, and the rest as text", async () => {
    const { one } = await build();
    expect(
      one("pulumi-nodejs:dynamic/haulway:CustomResourceDefinitions", "argocd-definitions").inputs,
    ).toMatchObject({ manifests: "install.yaml", sha256: "f".repeat(64), kubeconfig: "kubeconfig" });
    expect(one("kubernetes:yaml/v2:ConfigGroup", "argocd-foundation").inputs["yaml"]).toBe("kind: Role");
    expect(one("kubernetes:yaml/v2:ConfigGroup", "argocd-controllers").inputs["yaml"]).toBe(
      "kind: Deployment",
    );
  });

  test("reads the state store with a password that is secret", async () => {
    const { one } = await build();
    expect(one("kubernetes:core/v1:Secret", "argocd-state-store").inputs).toMatchObject({
      metadata: {
        name: "state-store",
        namespace: "argocd",
        labels: { "argocd.argoproj.io/secret-type": "repository" },
      },
      stringData: {
        secret: {
          type: "git",
          url: "https://git.test/state.git",
          username: "haulway",
          password: "hunter2",
        },
      },
    });
  });

  test("takes the platform cluster into the fleet as the cluster it runs on", async () => {
    const { one } = await build();
    expect(one("kubernetes:core/v1:Secret", "argocd-in-cluster").inputs).toMatchObject({
      metadata: {
        name: "cluster-test-hub",
        labels: { "argocd.argoproj.io/secret-type": "cluster", "haulway.dev/role": "platform" },
      },
      stringData: { secret: { name: "test-hub", server: "https://kubernetes.default.svc" } },
    });
  });
});

describe("ArgoCdIdentity", () => {
  test("is one role, what it may do, and an association for each ServiceAccount that talks to clusters", async () => {
    const { children, one } = await record(
      () =>
        new ArgoCdIdentity("argocd", {
          environment: "test",
          accountId: "000000000000",
          region: "eu-central-1",
          clusterName: "test-hub",
        }),
    );
    expect(children).toEqual([
      "aws:eks/podIdentityAssociation:PodIdentityAssociation argocd-argocd-application-controller",
      "aws:eks/podIdentityAssociation:PodIdentityAssociation argocd-argocd-applicationset-controller",
      "aws:eks/podIdentityAssociation:PodIdentityAssociation argocd-argocd-server",
      "aws:iam/role:Role argocd-role",
      "aws:iam/rolePolicy:RolePolicy argocd-policy",
      "haulway:gitops:ArgoCdIdentity argocd",
    ]);
    expect(
      one("aws:eks/podIdentityAssociation:PodIdentityAssociation", "argocd-argocd-server").inputs,
    ).toEqual({
      clusterName: "test-hub",
      namespace: "argocd",
      serviceAccount: "argocd-server",
      roleArn: "arn:aws:iam::000000000000:role/test-argocd",
    });
  });
});
