// Proves what a team's components are made of. That credentials stay secret in the state shows on the engine.
import { describe, expect, test } from "vitest";
import { SystemNamespace } from "../../components/cluster/system-namespace.ts";
import { ClusterRegistration } from "../../components/gitops/cluster-registration.ts";
import { SystemApplication } from "../../components/gitops/system-application.ts";
import { TeamProject } from "../../components/gitops/team-project.ts";
import { WorkloadIdentity } from "../../components/identity/workload-identity.ts";
import { WorkloadRepository } from "../../components/registry/workload-repository.ts";
import { record, resolved } from "./support/recorder.ts";

describe("ClusterRegistration", () => {
  test("lets Argo CD in by a role that administers the cluster, and tells it where the cluster is", async () => {
    const { children, one } = await record(
      () =>
        new ClusterRegistration("a", {
          cluster: {
            environment: "test",
            name: "a",
            eksName: "test-a",
            role: "workload",
            kubernetesVersion: "1.36",
            labels: { tier: "general" },
            accountId: "000000000000",
            region: "eu-central-1",
          },
          clusterName: "test-a",
          endpoint: "https://a.test",
          certificateAuthority: "Y2E=",
          managementRoleArn: "arn:aws:iam::000000000000:role/test-argocd",
        }),
    );
    expect(children).toEqual([
      "aws:eks/accessEntry:AccessEntry a-access-entry",
      "aws:eks/accessPolicyAssociation:AccessPolicyAssociation a-administrator",
      "aws:iam/role:Role a-role",
      "haulway:gitops:ClusterRegistration a",
      "kubernetes:core/v1:Secret a-secret",
    ]);
    const role = one("aws:iam/role:Role", "a-role").inputs;
    expect(role["name"]).toBe("test-a-argocd");
    expect(JSON.parse(String(role["assumeRolePolicy"]))).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::000000000000:role/test-argocd" },
          Action: ["sts:AssumeRole", "sts:TagSession"],
        },
      ],
    });
    expect(one("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "a-administrator").inputs).toEqual({
      clusterName: "test-a",
      principalArn: "arn:aws:iam::000000000000:role/test-a-argocd",
      policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
      accessScope: { type: "cluster" },
    });
    const secret = one("kubernetes:core/v1:Secret", "a-secret").inputs as {
      stringData: { secret: { name: string; server: string; config: string } };
    };
    const { name, server, config } = secret.stringData.secret;
    expect({ name, server, config: JSON.parse(config) as unknown }).toEqual({
      name: "test-a",
      server: "https://a.test",
      config: {
        awsAuthConfig: { clusterName: "test-a", roleARN: "arn:aws:iam::000000000000:role/test-a-argocd" },
        tlsClientConfig: { insecure: false, caData: "Y2E=" },
      },
    });
  });
});

describe("WorkloadRepository", () => {
  test("is a repository whose tags never move, with a policy that expires old images", async () => {
    const { children, one, value } = await record(
      () => new WorkloadRepository("claims-intake", { repositoryName: "test/claims/intake" }),
    );
    expect(children).toEqual([
      "aws:ecr/lifecyclePolicy:LifecyclePolicy claims-intake-lifecycle-policy",
      "aws:ecr/repository:Repository claims-intake-repository",
      "haulway:registry:WorkloadRepository claims-intake",
    ]);
    expect(one("aws:ecr/repository:Repository", "claims-intake-repository").inputs).toMatchObject({
      name: "test/claims/intake",
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
    });
    expect(await resolved(value.url)).toBe(
      "000000000000.dkr.ecr.eu-central-1.amazonaws.com/test/claims/intake",
    );
  });
});

describe("WorkloadIdentity", () => {
  const args = {
    roleName: "test-claims-intake",
    namespace: "claims",
    serviceAccount: "intake",
    clusters: [
      { name: "a", eksName: "test-a" },
      { name: "b", eksName: "test-b" },
    ],
    permissions: [],
  };

  test("is a role without a policy where nothing is allowed, associated on each cluster", async () => {
    const { children } = await record(() => new WorkloadIdentity("claims-intake", args));
    expect(children).toEqual([
      "aws:eks/podIdentityAssociation:PodIdentityAssociation claims-intake-a",
      "aws:eks/podIdentityAssociation:PodIdentityAssociation claims-intake-b",
      "aws:iam/role:Role claims-intake-role",
      "haulway:identity:WorkloadIdentity claims-intake",
    ]);
  });

  test("has a policy that allows exactly what the manifest says", async () => {
    const permissions = [{ actions: ["s3:GetObject"], resources: ["arn:aws:s3:::claims/*"] }];
    const { one } = await record(() => new WorkloadIdentity("claims-intake", { ...args, permissions }));
    const { policy } = one("aws:iam/rolePolicy:RolePolicy", "claims-intake-policy").inputs;
    const { Statement } = JSON.parse(String(policy)) as { Statement: { Effect: string }[] };
    expect(Statement.filter(({ Effect }) => Effect === "Allow")).toEqual([
      { Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::claims/*"] },
    ]);
  });
});

describe("SystemNamespace, TeamProject and SystemApplication", () => {
  test("are one object each", async () => {
    const ids = { environment: "test", team: "claims", system: "claims" };
    const { children } = await record(() => [
      new SystemNamespace("claims-a", ids),
      new TeamProject("claims", { ...ids, stateStoreUrl: "https://git.test/state.git", placements: [] }),
      new SystemApplication("claims", {
        ...ids,
        stateStore: { url: "https://git.test/state.git", branch: "main" },
      }),
    ]);
    expect(children).toEqual([
      "haulway:cluster:SystemNamespace claims-a",
      "haulway:gitops:SystemApplication claims",
      "haulway:gitops:TeamProject claims",
      "kubernetes:argoproj.io/v1alpha1:AppProject claims-project",
      "kubernetes:argoproj.io/v1alpha1:Application claims-application",
      "kubernetes:core/v1:Namespace claims-a-namespace",
    ]);
  });
});
