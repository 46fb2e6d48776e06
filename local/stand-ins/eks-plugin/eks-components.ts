import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { localCluster } from "../aws/local-clusters.ts";
import type { Construction, PluginProvider, RegisteredResource } from "../plugin/plugin-provider.ts";
import { isObject, type Properties, UNKNOWN, withoutSecrets } from "../plugin/property-values.ts";

const CLUSTER = "aws:eks/cluster:Cluster";
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const RESOURCE_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e";

/** What the stand-in is made from. */
export interface EksComponentsOptions {
  /** Version of the npm package @pulumi/eks. */
  readonly version: string;
  /** `.local/clusters.json` */
  readonly clustersFile: string;
}

/**
 * The stand-in for the plugin `eks`: `eks:index:Cluster`, `eks:index:ManagedNodeGroup` and `eks:index:Addon`, as components with the
 * children that decide who may do what. A cluster's kubeconfig is that of the local control plane which plays it.
 */
export function eksComponents(options: EksComponentsOptions): PluginProvider {
  return {
    name: "eks",
    version: options.version,
    keepsSecrets: true,
    construct(construction) {
      switch (construction.type) {
        case "eks:index:Cluster":
          return cluster(construction, options.clustersFile);
        case "eks:index:ManagedNodeGroup":
          return managedNodeGroup(construction);
        case "eks:index:Addon":
          return addon(construction);
        default:
          throw new Error(
            `${construction.type} is not in the stand-in for EKS, which has eks:index:Cluster, eks:index:ManagedNodeGroup and eks:index:Addon.`,
          );
      }
    },
  };
}

async function cluster(
  construction: Construction,
  clustersFile: string,
): Promise<{ urn: string; outputs: Properties }> {
  const { inputs, name } = construction;
  const urn = await construction.component();
  const child = await construction.child(CLUSTER, `${name}-eksCluster`, {
    name: inputs["name"],
    roleArn: await roleArn(construction),
    vpcConfig: present({
      subnetIds: subnets(inputs),
      endpointPrivateAccess: inputs["endpointPrivateAccess"],
      endpointPublicAccess: inputs["endpointPublicAccess"],
      publicAccessCidrs: inputs["publicAccessCidrs"],
    }),
    version: inputs["version"],
    accessConfig: { authenticationMode: inputs["authenticationMode"] ?? "CONFIG_MAP" },
    bootstrapSelfManagedAddons: inputs["bootstrapSelfManagedAddons"],
    deletionProtection: inputs["deletionProtection"],
    enabledClusterLogTypes: inputs["enabledClusterLogTypes"],
    ...(inputs["encryptionConfigKeyArn"] === undefined
      ? {}
      : {
          encryptionConfig: {
            provider: { keyArn: inputs["encryptionConfigKeyArn"] },
            resources: ["secrets"],
          },
        }),
    upgradePolicy: inputs["upgradePolicy"],
    tags: present({ ...asObject(inputs["tags"]), ...asObject(inputs["clusterTags"]) }),
  });
  await accessEntries(construction, child);
  return { urn, outputs: await clusterOutputs(inputs, child, clustersFile) };
}

async function clusterOutputs(
  inputs: Properties,
  child: RegisteredResource,
  clustersFile: string,
): Promise<Properties> {
  const endpoint = child.outputs["endpoint"];
  const running = typeof endpoint === "string" && endpoint !== UNKNOWN;
  const kubeconfig: unknown = running
    ? parse(await readFile((await localCluster(clustersFile, child.id)).kubeconfig, "utf8"))
    : UNKNOWN;
  const reference = resourceReference(child);
  const securityGroup = running ? asObject(child.outputs["vpcConfig"])["clusterSecurityGroupId"] : UNKNOWN;
  const issuer = running ? issuerOf(child.outputs) : UNKNOWN;
  return {
    eksCluster: reference,
    core: {
      cluster: reference,
      endpoint: running ? endpoint : UNKNOWN,
      instanceRoles: [],
      kubeconfig,
      nodeGroupOptions: {},
      subnetIds: subnets(inputs),
      ...(inputs["tags"] === undefined ? {} : { tags: inputs["tags"] }),
      ...(inputs["vpcId"] === undefined ? {} : { vpcId: inputs["vpcId"] }),
    },
    kubeconfig,
    kubeconfigJson: running ? JSON.stringify(kubeconfig) : UNKNOWN,
    clusterSecurityGroupId: securityGroup,
    nodeSecurityGroupId: securityGroup,
    clusterIngressRuleId: "",
    instanceRoles: [],
    defaultNodeGroupAsgName: "",
    autoModeNodeRoleName: "",
    fargateProfileId: "",
    fargateProfileStatus: "",
    oidcIssuer: issuer,
    oidcProviderUrl: issuer,
    oidcProviderArn: "",
  };
}

/** The role that the program gives, or one that the component makes, as the real one does. */
async function roleArn(construction: Construction): Promise<unknown> {
  const given = construction.inputs["serviceRole"];
  if (given !== undefined) {
    return referencedOutput(construction, given, "arn");
  }
  const role = await construction.child("aws:iam/role:Role", `${construction.name}-eksRole`, {
    assumeRolePolicy: JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "eks.amazonaws.com" },
          Action: ["sts:AssumeRole", "sts:TagSession"],
        },
      ],
    }),
  });
  await construction.child(
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    `${construction.name}-eksRole-cluster`,
    {
      role: role.id === "" ? UNKNOWN : role.id,
      policyArn: "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",
    },
  );
  return role.outputs["arn"] ?? UNKNOWN;
}

async function accessEntries(construction: Construction, child: RegisteredResource): Promise<void> {
  const clusterName = child.id === "" ? UNKNOWN : child.id;
  for (const [key, value] of Object.entries(asObject(construction.inputs["accessEntries"]))) {
    const entry = asObject(value);
    const registered = await construction.child(
      "aws:eks/accessEntry:AccessEntry",
      `${construction.name}-${key}`,
      {
        clusterName,
        principalArn: entry["principalArn"],
        type: entry["type"],
        userName: entry["username"],
        kubernetesGroups: entry["kubernetesGroups"],
        tags: entry["tags"],
      },
    );
    for (const [policyKey, policy] of Object.entries(asObject(entry["accessPolicies"]))) {
      await construction.child(
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        `${construction.name}-${key}-${policyKey}`,
        {
          clusterName,
          principalArn: registered.outputs["principalArn"] ?? UNKNOWN,
          policyArn: asObject(policy)["policyArn"],
          accessScope: asObject(policy)["accessScope"],
        },
      );
    }
  }
}

async function managedNodeGroup(construction: Construction): Promise<{ urn: string; outputs: Properties }> {
  const { cluster: _, nodeRole, enableIMDSv2: __, operatingSystem: ___, ...inputs } = construction.inputs;
  const urn = await construction.component();
  const child = await construction.child("aws:eks/nodeGroup:NodeGroup", construction.name, {
    ...inputs,
    clusterName: await clusterName(construction),
    nodeRoleArn: inputs["nodeRoleArn"] ?? (await referencedOutput(construction, nodeRole, "arn")),
    scalingConfig: inputs["scalingConfig"] ?? { desiredSize: 2, minSize: 1, maxSize: 2 },
  });
  return { urn, outputs: { nodeGroup: resourceReference(child) } };
}

async function addon(construction: Construction): Promise<{ urn: string; outputs: Properties }> {
  const { cluster: _, configurationValues, ...inputs } = construction.inputs;
  const urn = await construction.component();
  await construction.child("aws:eks/addon:Addon", construction.name, {
    ...inputs,
    clusterName: await clusterName(construction),
    ...(configurationValues === undefined
      ? {}
      : { configurationValues: JSON.stringify(withoutSecrets(configurationValues)) }),
  });
  return { urn, outputs: {} };
}

/** The name of the cluster that an input `cluster` means: an `eks.Cluster`, or its `core`. */
async function clusterName(construction: Construction): Promise<unknown> {
  const given = asObject(construction.inputs["cluster"]);
  const core = given["cluster"];
  if (core !== undefined) {
    return asObject(core)["id"] ?? UNKNOWN;
  }
  const eksCluster = await referencedOutput(construction, given, "eksCluster");
  return asObject(eksCluster)["id"] ?? UNKNOWN;
}

async function referencedOutput(
  construction: Construction,
  reference: unknown,
  output: string,
): Promise<unknown> {
  const urn = asObject(reference)["urn"];
  return typeof urn === "string" ? ((await construction.lookUp(urn))[output] ?? UNKNOWN) : UNKNOWN;
}

function resourceReference({ urn, id }: RegisteredResource): Properties {
  return { [SIGNATURE]: RESOURCE_REFERENCE, urn, id: id === "" ? UNKNOWN : id };
}

function subnets(inputs: Properties): unknown {
  const all = inputs["subnetIds"] ?? [inputs["publicSubnetIds"] ?? [], inputs["privateSubnetIds"] ?? []];
  return Array.isArray(all) ? all.flat() : all;
}

function issuerOf(outputs: Properties): string {
  const issuer = asObject(first(asObject(first(outputs["identities"]))["oidcs"]))["issuer"];
  return typeof issuer === "string" ? issuer : "";
}

function first(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}

function asObject(value: unknown): Properties {
  return isObject(value) ? value : {};
}

function present(properties: Properties): Properties | undefined {
  const entries = Object.entries(properties).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
