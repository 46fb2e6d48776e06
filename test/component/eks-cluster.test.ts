// Proves what is asked of EKS. `eks:index:Cluster` makes its own children in its plugin: none of them shows here.
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { EksCluster } from "../../components/cluster/eks-cluster.ts";
import { ADDON_VERSIONS } from "../../manifests/cluster/versions.ts";
import type { ClusterSpec } from "../../model/environment.ts";
import { clusterSpec } from "./support/inputs.ts";
import { record, resolved } from "./support/recorder.ts";

function build(overrides: Partial<ClusterSpec> = {}, region = "eu-central-1") {
  return record(
    () =>
      new EksCluster("a", {
        clusterName: "test-a",
        region,
        cluster: {
          ...clusterSpec("a"),
          nodes: { instanceTypes: ["m7i.large"], min: 2, max: 5 },
          ...overrides,
        },
        keepsNodeCount: true,
        vpcId: "vpc",
        privateSubnetIds: ["private-1", "private-2"],
        intraSubnetIds: ["intra-1", "intra-2"],
        egress: [],
      }),
  );
}

const ADMINISTRATOR = "arn:aws:iam::000000000000:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0";

describe("EksCluster", () => {
  test("is a cluster with its role, key and logs, a managed node group with its role, and five add-ons", async () => {
    const { children } = await build();
    expect(children).toEqual([
      "aws:cloudwatch/logGroup:LogGroup a-control-plane-logs",
      "aws:ec2/launchTemplate:LaunchTemplate a-nodes-template",
      "aws:ec2/tag:Tag a-security-group-discovery",
      "aws:eks/addon:Addon a-aws-ebs-csi-driver",
      "aws:eks/addon:Addon a-coredns",
      "aws:eks/addon:Addon a-eks-pod-identity-agent",
      "aws:eks/addon:Addon a-kube-proxy",
      "aws:eks/addon:Addon a-vpc-cni",
      "aws:eks/nodeGroup:NodeGroup a-nodes",
      "aws:iam/role:Role a-cluster-role",
      "aws:iam/role:Role a-ebs-csi-role",
      "aws:iam/role:Role a-node-role",
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment a-cluster-AmazonEKSClusterPolicy",
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment a-ebs-csi-policy",
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment a-node-AmazonEC2ContainerRegistryPullOnly",
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment a-node-AmazonEKSWorkerNodePolicy",
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment a-node-AmazonEKS_CNI_Policy",
      "aws:kms/alias:Alias a-secrets-key-alias",
      "aws:kms/key:Key a-secrets-key",
      "eks:index:Cluster a-cluster",
      "haulway:cluster:ClusterAddons a",
      "haulway:cluster:EksCluster a",
    ]);
  });

  test("lets access entries alone decide who gets in, and asks for nothing that the plugin would add by itself", async () => {
    const { one } = await build();
    expect(one("eks:index:Cluster", "a-cluster").inputs).toMatchObject({
      name: "test-a",
      version: "1.36",
      authenticationMode: "API",
      vpcId: "vpc",
      subnetIds: ["intra-1", "intra-2"],
      skipDefaultNodeGroup: true,
      skipDefaultSecurityGroups: true,
      useDefaultVpcCni: true,
      kubeProxyAddonOptions: { enabled: false },
      corednsAddonOptions: { enabled: false },
      providerCredentialOpts: {},
    });
  });

  test("is private, protected from deletion, encrypted and writes all its logs unless the file says otherwise", async () => {
    const { one } = await build();
    const { inputs } = one("eks:index:Cluster", "a-cluster");
    expect(inputs).toMatchObject({
      endpointPrivateAccess: true,
      endpointPublicAccess: false,
      deletionProtection: true,
      encryptionConfigKeyArn: "arn:aws:kms:eu-central-1:000000000000:key/a-secrets-key",
      enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
    });
    expect(inputs).not.toHaveProperty("publicAccessCidrs");
    expect(one("aws:kms/key:Key", "a-secrets-key").inputs).toMatchObject({ enableKeyRotation: true });
    expect(one("aws:cloudwatch/logGroup:LogGroup", "a-control-plane-logs").inputs).toEqual({
      name: "/aws/eks/test-a/cluster",
      retentionInDays: 90,
    });
  });

  test("is reached over the internet from the blocks that the file names, and stays reachable from inside", async () => {
    const { one } = await build({ endpoint: { access: "public", publicAccessCidrs: ["203.0.113.0/24"] } });
    expect(one("eks:index:Cluster", "a-cluster").inputs).toMatchObject({
      endpointPrivateAccess: true,
      endpointPublicAccess: true,
      publicAccessCidrs: ["203.0.113.0/24"],
    });
  });

  test("makes each administrator one by an access entry", async () => {
    const { one } = await build({ administrators: [ADMINISTRATOR] });
    const entry = "a-administrator-000000000000/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0";
    expect(one("aws:eks/accessEntry:AccessEntry", entry).inputs).toEqual({
      clusterName: "test-a",
      principalArn: ADMINISTRATOR,
      type: "STANDARD",
    });
    expect(one("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", `${entry}-policy`).inputs).toEqual({
      clusterName: "test-a",
      principalArn: ADMINISTRATOR,
      policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
      accessScope: { type: "cluster" },
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
      launchTemplate: { id: "a-nodes-template-id", version: "7" },
      scalingConfig: { minSize: 2, maxSize: 5, desiredSize: 2 },
      updateConfig: { maxUnavailable: 1 },
    });
  });

  test("starts nodes with encrypted disks, and keeps their credentials from pods", async () => {
    const { one } = await build();
    expect(one("aws:ec2/launchTemplate:LaunchTemplate", "a-nodes-template").inputs).toMatchObject({
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { volumeType: "gp3", encrypted: "true" } }],
    });
  });

  test("gives nodes of another architecture an image of theirs", async () => {
    const { one } = await build({ nodes: { instanceTypes: ["m7g.large"], min: 2, max: 5 } });
    expect(one("aws:eks/nodeGroup:NodeGroup", "a-nodes").inputs["amiType"]).toBe("AL2023_ARM_64_STANDARD");
  });

  test.each(["1.33", "1.36"] as const)("has the add-ons of Kubernetes %s", async (kubernetesVersion) => {
    const { resources } = await build({ kubernetesVersion });
    const versions = resources
      .filter(({ type }) => type === "aws:eks/addon:Addon")
      .map(({ inputs }) => [inputs["addonName"], inputs["addonVersion"]] as const);
    expect(Object.fromEntries(versions)).toEqual(ADDON_VERSIONS[kubernetesVersion]);
  });

  test("gives the EBS driver alone its role, by Pod Identity on this cluster", async () => {
    const { resources, one } = await build();
    const identities = resources
      .filter(({ type }) => type === "aws:eks/addon:Addon")
      .filter(({ inputs }) => inputs["podIdentityAssociations"] !== undefined)
      .map(({ name, inputs }) => [name, inputs["podIdentityAssociations"]]);
    const roleArn = "arn:aws:iam::000000000000:role/a-ebs-csi-role";
    expect(identities).toEqual([
      ["a-aws-ebs-csi-driver", [{ roleArn, serviceAccount: "ebs-csi-controller-sa" }]],
    ]);
    const trust: unknown = JSON.parse(
      String(one("aws:iam/role:Role", "a-ebs-csi-role").inputs["assumeRolePolicy"]),
    );
    expect(trust).toMatchObject({
      Statement: [
        {
          Principal: { Service: "pods.eks.amazonaws.com" },
          Condition: {
            StringEquals: {
              "aws:RequestTag/eks-cluster-name": ["test-a"],
              "aws:RequestTag/kubernetes-namespace": ["kube-system"],
              "aws:RequestTag/kubernetes-service-account": ["ebs-csi-controller-sa"],
            },
          },
        },
      ],
    });
  });

  test("lets Karpenter find the security group of the cluster", async () => {
    const { one } = await build();
    expect(one("aws:ec2/tag:Tag", "a-security-group-discovery").inputs).toEqual({
      resourceId: "test-a-security-group",
      key: "karpenter.sh/discovery",
      value: "test-a",
    });
  });

  test.each([
    ["cn-north-1", "aws-cn"],
    ["us-gov-west-1", "aws-us-gov"],
  ])("names policies of AWS in the partition of %s", async (region, partition) => {
    const { resources } = await build({ administrators: [ADMINISTRATOR] }, region);
    const policies = resources.flatMap(({ inputs }) => inputs["policyArn"] ?? []).map(String);
    expect(policies).toHaveLength(6);
    expect(new Set(policies.map((arn) => arn.split(":")[1]))).toEqual(new Set([partition]));
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
