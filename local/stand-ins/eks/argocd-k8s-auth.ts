import { parseArgs } from "node:util";
import { trusts } from "../aws/policy-documents.ts";
import { type ResourceRecord, ResourceStore } from "../aws/resource-store.ts";
import { createToken } from "./token.ts";

/** Argo CD asks for a fresh token a minute before the old one ends, as its own helper does for EKS. Seconds. */
const LIFETIME = 15 * 60;
const MARGIN = 60;
/** Argo CD's identity comes from the Pod Identity association of this service account. */
const SERVICE_ACCOUNT = { namespace: "argocd", name: "argocd-application-controller" } as const;

/** What one call is answered from. */
export interface ExecCredentialOptions {
  /** Arguments after the program's name, for example `aws --cluster-name x --role-arn y`. */
  readonly args: readonly string[];
  /** Directory of the stand-in for AWS. */
  readonly awsDirectory: string;
  readonly key: Uint8Array;
  /** Unix seconds. */
  readonly now: number;
}

/**
 * The stand-in for `argocd-k8s-auth aws` of Argo CD v3.2.0: an ExecCredential with a token for the cluster. As STS would, it checks
 * first that Argo CD has an identity, and that the role exists and trusts that identity.
 * @throws Error in the words of the AWS SDK otherwise.
 */
export async function execCredential(options: ExecCredentialOptions): Promise<string> {
  const { positionals, values } = parseArgs({
    args: [...options.args],
    allowPositionals: true,
    options: {
      "cluster-name": { type: "string" },
      "role-arn": { type: "string" },
      profile: { type: "string" },
    },
  });
  const cluster = values["cluster-name"];
  if (positionals[0] !== "aws" || cluster === undefined || cluster === "") {
    throw new Error("usage: argocd-k8s-auth aws --cluster-name <name> [--role-arn <arn>] [--profile <name>]");
  }
  const store = new ResourceStore(options.awsDirectory);
  const identity = await argoCdRole(store);
  const roleArn =
    values["role-arn"] === undefined || values["role-arn"] === "" ? identity : values["role-arn"];
  if (roleArn !== identity) {
    refuseUnlessTrusted(await store.ofType("aws:iam/role:Role"), roleArn, identity);
  }
  const token = createToken({ cluster, roleArn, expires: options.now + LIFETIME }, options.key);
  return JSON.stringify({
    apiVersion: "client.authentication.k8s.io/v1beta1",
    kind: "ExecCredential",
    status: {
      expirationTimestamp: new Date((options.now + LIFETIME - MARGIN) * 1000)
        .toISOString()
        .replace(/\.\d+Z$/, "Z"),
      token,
    },
  });
}

async function argoCdRole(store: ResourceStore): Promise<string> {
  const associations = await store.ofType("aws:eks/podIdentityAssociation:PodIdentityAssociation");
  const own = associations.find(
    ({ inputs }) =>
      inputs["namespace"] === SERVICE_ACCOUNT.namespace && inputs["serviceAccount"] === SERVICE_ACCOUNT.name,
  );
  const roleArn = own?.inputs["roleArn"];
  if (typeof roleArn !== "string") {
    throw new Error(
      `NoCredentialProviders: no Pod Identity association for service account ${SERVICE_ACCOUNT.namespace}/${SERVICE_ACCOUNT.name}`,
    );
  }
  return roleArn;
}

function refuseUnlessTrusted(roles: readonly ResourceRecord[], roleArn: string, identity: string): void {
  const role = roles.find((candidate) => candidate.computed["arn"] === roleArn);
  const trustPolicy = role?.inputs["assumeRolePolicy"];
  // Sessions of Pod Identity are tagged, so that the trust has to allow both.
  if (
    typeof trustPolicy !== "string" ||
    !trusts(trustPolicy, identity, ["sts:AssumeRole", "sts:TagSession"])
  ) {
    throw new Error(
      `AccessDenied: ${identity} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    );
  }
}
