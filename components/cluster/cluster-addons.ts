import { Addon } from "@pulumi/aws/eks/addon.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment.js";
import * as pulumi from "@pulumi/pulumi";
import { ADDON_VERSIONS, type Addon as AddonName } from "../../manifests/cluster/versions.ts";
import { podIdentityTrust } from "../../manifests/iam/trust.ts";
import { isSupported } from "../../model/kubernetes-version.ts";
import { managedPolicyArn, type Partition } from "../../model/partition.ts";

/** What the controller of the EBS CSI driver runs as. */
const EBS_CSI_SERVICE_ACCOUNT = "ebs-csi-controller-sa";

/** The add-ons of one cluster. */
export interface ClusterAddonsArgs {
  /** Name in EKS. */
  readonly clusterName: pulumi.Input<string>;
  /** Minor version of Kubernetes, which decides the versions of the add-ons. */
  readonly kubernetesVersion: string;
  readonly partition: Partition;
}

/**
 * The EKS add-ons of a cluster, in the versions that belong to its version of Kubernetes: first what nodes need to become ready,
 * and, once there are nodes, what runs on them.
 */
export class ClusterAddons extends pulumi.ComponentResource {
  /** The add-ons that nodes need before they start, and for as long as they are there. */
  readonly beforeNodes: readonly pulumi.Resource[];
  readonly #name: string;
  readonly #args: ClusterAddonsArgs;

  constructor(name: string, args: ClusterAddonsArgs, options?: pulumi.ComponentResourceOptions) {
    super("haulway:cluster:ClusterAddons", name, {}, options);
    this.#name = name;
    this.#args = args;
    this.beforeNodes = [this.#addon("vpc-cni"), this.#addon("kube-proxy")];
    this.registerOutputs({});
  }

  /** Adds what needs nodes to run on. */
  startOn(nodes: pulumi.Resource): void {
    this.#addon("coredns", [nodes]);
    const agent = this.#addon("eks-pod-identity-agent", [nodes]);
    const role = new Role(
      `${this.#name}-ebs-csi-role`,
      {
        assumeRolePolicy: pulumi.output(this.#args.clusterName).apply((clusterName) =>
          podIdentityTrust({
            clusterNames: [clusterName],
            namespace: "kube-system",
            serviceAccounts: [EBS_CSI_SERVICE_ACCOUNT],
          }),
        ),
      },
      { parent: this },
    );
    const policyArn = managedPolicyArn(this.#args.partition, "service-role/AmazonEBSCSIDriverPolicy");
    const policy = new RolePolicyAttachment(
      `${this.#name}-ebs-csi-policy`,
      { role: role.name, policyArn },
      { parent: this },
    );
    this.#addon("aws-ebs-csi-driver", [nodes, agent, policy], {
      roleArn: role.arn,
      serviceAccount: EBS_CSI_SERVICE_ACCOUNT,
    });
  }

  #addon(
    addonName: AddonName,
    dependsOn: pulumi.Resource[] = [],
    identity?: { readonly roleArn: pulumi.Input<string>; readonly serviceAccount: string },
  ): Addon {
    const { clusterName, kubernetesVersion } = this.#args;
    if (!isSupported(kubernetesVersion)) {
      throw new Error(`Kubernetes ${kubernetesVersion} has no add-ons; input files are checked for it.`);
    }
    return new Addon(
      `${this.#name}-${addonName}`,
      {
        clusterName,
        addonName,
        addonVersion: ADDON_VERSIONS[kubernetesVersion][addonName],
        podIdentityAssociations: identity === undefined ? undefined : [identity],
        resolveConflictsOnCreate: "OVERWRITE",
        resolveConflictsOnUpdate: "OVERWRITE",
      },
      { parent: this, dependsOn },
    );
  }
}
