import { namespaceName, natsSecretName } from "../../model/naming.ts";
import { type WorkloadIdentifiers, workloadLabels } from "../labels.ts";

/** Metadata of the Secret with the creds of a workload's NATS user, and of the object that it is made from. */
export interface NatsSecretMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Record<string, string>;
}

/** What the Secret of a NATS user is called, however it is delivered. */
export function natsSecretMetadata(ids: WorkloadIdentifiers, user: string): NatsSecretMetadata {
  return {
    name: natsSecretName(ids.workload, user),
    namespace: namespaceName(ids.system),
    labels: workloadLabels(ids),
  };
}
