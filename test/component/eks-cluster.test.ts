// Proves what is asked of EKS. `eks:index:Cluster` makes its own children in its plugin: none of them shows here.
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { EksCluster } from "../../components/cluster/eks-cluster.ts";
import { record, resolved } from "./support/recorder.ts";

function build(instanceTypes = ["m7i.large"]) {
  return record(
    () =>
      new EksCluster("a", {
        clusterName: "test-a",
        kubernetesVersion: "1.36",
        nodes: { instanceTypes, min: 2, max: 5 },
        vpcId: "vpc",
        privateSubnetIds: ["private-1", "private-2"],
        publicSubnetIds: ["public-1", "public-2"],
        egress: [],
      }),
  );
}

describe("EksCluster", () => {
  test("is a cluster with its role, and a managed node group with its role and two add-ons", async () => {
    const { children } = await build();
    expect(children).toEqual([
      "aws:eks/addon:Addon a-coredns",
      "aws:eks/addon:Addon a-eks-pod-identity-agent",
      "aws:eks/nodeGroup:NodeGroup a-nodes",
      "aws:iam/role:Role a-cluster-role",
      "aws:iam/role:Role a-node-role",
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment a-cluster-AmazonEKSClusterPolicy",
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment a-node-AmazonEC2ContainerRegistryPullOnly",
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment a-node-AmazonEKSWorkerNodePolicy",
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment a-node-AmazonEKS_CNI_Policy",
      "eks:index:Cluster a-cluster",
      "haulway:cluster:EksCluster a",
    ]);
  });

  test("lets access entries alone decide who gets in, and leaves nodes to the node group", async () => {
    const { one } = await build();
    expect(one("eks:index:Cluster", "a-cluster").inputs).toMatchObject({
      name: "test-a",
      version: "1.36",
      authenticationMode: "API",
      vpcId: "vpc",
      privateSubnetIds: ["private-1", "private-2"],
      publicSubnetIds: ["public-1", "public-2"],
      skipDefaultNodeGroup: true,
      skipDefaultSecurityGroups: true,
      providerCredentialOpts: {},
    });
  });

  test("puts nodes into private subnets only", async () => {
    const { one } = await build();
    expect(one("aws:eks/nodeGroup:NodeGroup", "a-nodes").inputs).toEqual({
      clusterName: "test-a",
      version: "1.36",
      nodeRoleArn: "arn:aws:iam::000000000000:role/a-node-role",
      subnetIds: ["private-1", "private-2"],
      amiType: "AL2023_x86_64_STANDARD",
      instanceTypes: ["m7i.large"],
      scalingConfig: { minSize: 2, maxSize: 5, desiredSize: 2 },
      updateConfig: { maxUnavailable: 1 },
    });
  });

  test("gives nodes of another architecture an image of theirs", async () => {
    const { one } = await build(["m7g.large"]);
    expect(one("aws:eks/nodeGroup:NodeGroup", "a-nodes").inputs["amiType"]).toBe("AL2023_ARM_64_STANDARD");
  });

  test("says how to reach the cluster, and keeps the kubeconfig secret", async () => {
    const { value } = await build();
    const { name, arn, endpoint, certificateAuthority, kubeconfig } = value.connection;
    expect(await Promise.all([name, arn, endpoint, certificateAuthority].map(resolved))).toEqual([
      "test-a",
      "arn:aws:eks:eu-central-1:000000000000:cluster/test-a",
      "https://test-a.eks.test",
      "Y2VydGlmaWNhdGU=",
    ]);
    expect(await resolved(kubeconfig)).toBe('{"cluster":"test-a"}');
    expect(await pulumi.isSecret(kubeconfig)).toBe(true);
  });
});
