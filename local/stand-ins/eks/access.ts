import type { ResourceRecord } from "../aws/resource-store.ts";
import { isObject } from "../plugin/property-values.ts";

/** Who a caller is to Kubernetes. */
export interface KubernetesUser {
  readonly username: string;
  readonly groups: readonly string[];
}

/** What the account holds that access to a cluster hangs on. */
export interface AccessState {
  readonly roles: readonly ResourceRecord[];
  readonly accessEntries: readonly ResourceRecord[];
  readonly policyAssociations: readonly ResourceRecord[];
}

const CLUSTER_ADMIN = ":cluster-access-policy/AmazonEKSClusterAdminPolicy";

/**
 * Who `roleArn` is in `cluster`: its access entry decides. `AmazonEKSClusterAdminPolicy` for the whole cluster makes an
 * administrator (`system:masters`); other access policies, which EKS enforces in an authorizer of its own, grant nothing here.
 * @throws Error when there is no such role or no entry for it, with the reason.
 */
export function userFor(state: AccessState, cluster: string, roleArn: string): KubernetesUser {
  if (!state.roles.some((role) => role.computed["arn"] === roleArn)) {
    throw new Error(`there is no role ${roleArn}`);
  }
  const isForRole = (record: ResourceRecord): boolean =>
    record.inputs["clusterName"] === cluster && record.inputs["principalArn"] === roleArn;
  const entry = state.accessEntries.find(isForRole);
  if (entry === undefined) {
    throw new Error(`cluster "${cluster}" has no access entry for ${roleArn}`);
  }
  const administers = state.policyAssociations.filter(isForRole).some(({ inputs }) => {
    const scope = inputs["accessScope"];
    return (
      String(inputs["policyArn"]).endsWith(CLUSTER_ADMIN) && isObject(scope) && scope["type"] === "cluster"
    );
  });
  const declared = entry.inputs["kubernetesGroups"];
  return {
    username: userName(entry, roleArn),
    groups: [
      ...(Array.isArray(declared) ? declared.map(String) : []),
      ...(administers ? ["system:masters"] : []),
    ],
  };
}

function userName(entry: ResourceRecord, roleArn: string): string {
  const declared = entry.inputs["userName"];
  const [, partition, , , account, resource] = roleArn.split(":");
  const role = resource?.split("/").at(-1);
  const session = `arn:${partition}:sts::${account}:assumed-role/${role}/haulway`;
  return typeof declared === "string" ? declared.replace("{{SessionName}}", "haulway") : session;
}
