import type { KubernetesVersion } from "../../model/kubernetes-version.ts";

/** The EKS add-ons that every cluster has. */
export const ADDONS = [
  "vpc-cni",
  "kube-proxy",
  "coredns",
  "eks-pod-identity-agent",
  "aws-ebs-csi-driver",
] as const;

/** Name of an EKS add-on that every cluster has. */
export type Addon = (typeof ADDONS)[number];

/** What runs on a cluster of a version: the version of each add-on. */
export type AddonVersions = Readonly<Record<Addon, string>>;

/**
 * The versions of the add-ons for each version of Kubernetes. A version is pinned, so that nothing moves without a change here, and
 * an upgrade of a cluster moves its add-ons with it.
 *
 * Sources: CoreDNS from the table in the EKS user guide (managing-coredns). The others were recorded from
 * `aws eks describe-addon-versions --kubernetes-version <version>` by public projects; look there for newer ones. From one
 * version of Kubernetes to the next no add-on skips a minor version of its own.
 */
export const ADDON_VERSIONS: Readonly<Record<KubernetesVersion, AddonVersions>> = {
  "1.33": {
    "vpc-cni": "v1.22.4-eksbuild.3",
    "kube-proxy": "v1.33.10-eksbuild.18",
    coredns: "v1.12.4-eksbuild.18",
    "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
    "aws-ebs-csi-driver": "v1.62.0-eksbuild.1",
  },
  "1.34": {
    "vpc-cni": "v1.22.4-eksbuild.3",
    "kube-proxy": "v1.34.6-eksbuild.18",
    coredns: "v1.13.2-eksbuild.11",
    "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
    "aws-ebs-csi-driver": "v1.63.1-eksbuild.1",
  },
  "1.35": {
    "vpc-cni": "v1.22.4-eksbuild.3",
    "kube-proxy": "v1.35.3-eksbuild.18",
    coredns: "v1.14.3-eksbuild.3",
    "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
    "aws-ebs-csi-driver": "v1.63.1-eksbuild.1",
  },
  "1.36": {
    "vpc-cni": "v1.22.4-eksbuild.3",
    "kube-proxy": "v1.36.0-eksbuild.21",
    coredns: "v1.14.3-eksbuild.3",
    "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
    "aws-ebs-csi-driver": "v1.63.1-eksbuild.1",
  },
};
