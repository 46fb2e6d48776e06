import type { Consumer } from "@haulway/providers/credential-retirement/properties";
import type { SupersededGeneration } from "@haulway/providers/issuer/issuer";
import type { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import * as pulumi from "@pulumi/pulumi";
import type {
  CredentialDelivery,
  DeliveryCluster,
} from "../components/nats/deliveries/credential-delivery.ts";
import {
  type DeliverySettings,
  deliverCredentials,
} from "../components/nats/deliveries/deliver-credentials.ts";
import { NatsUser } from "../components/nats/nats-user.ts";
import type { WorkloadIdentifiers } from "../manifests/labels.ts";
import { natsAnnotation } from "../manifests/workload/nats.ts";
import { credentialRotation, rotateAt } from "../model/credential-rotation.ts";
import type { Environment } from "../model/environment.ts";
import { instantSeconds } from "../model/instant.ts";
import { namespaceName, natsInboxPrefix, natsUserName, natsUserReference } from "../model/naming.ts";
import { natsIssuer } from "../model/nats.ts";
import type { NatsUserSpec } from "../model/team.ts";

/** Whose NATS user, and where its workload runs. */
export interface NatsUserResourcesArgs {
  readonly environment: Environment;
  readonly workload: WorkloadIdentifiers;
  readonly spec: NatsUserSpec;
  /** The clusters that the workload is placed on. */
  readonly clusters: readonly DeliveryCluster[];
  readonly delivery: DeliverySettings;
  readonly aws: AwsProvider;
}

/** A NATS user with the generations of its credentials. Times are seconds since 1970. */
export interface IssuedNatsUser {
  /** What people call it: `claims/intake/publisher`. */
  readonly user: string;
  /** Name in the NATS account. */
  readonly name: string;
  readonly publicKey: pulumi.Output<string>;
  readonly issuedAt: pulumi.Output<number>;
  /** 0: never. */
  readonly expiresAt: pulumi.Output<number>;
  /** Why the present credentials were made. */
  readonly reason: pulumi.Output<string>;
  /** When the next credentials are due; 0: never. */
  readonly rotateAt: pulumi.Output<number>;
  readonly superseded: pulumi.Output<SupersededGeneration[]>;
  /** The Deployments whose pods use the credentials. */
  readonly consumers: readonly Consumer[];
}

/** A NATS user, and what brings its credentials to the clusters. */
export interface NatsUserResources {
  readonly issued: IssuedNatsUser;
  readonly delivery: CredentialDelivery;
}

/** Makes one NATS user of a workload, and delivers its credentials to the clusters that the workload is placed on. */
export function natsUserResources(args: NatsUserResourcesArgs): NatsUserResources {
  const { environment, workload, spec, clusters } = args;
  const names = [workload.system, workload.workload, spec.name] as const;
  const logicalName = names.join("-");
  const user = natsUserReference(...names);
  const name = natsUserName(environment.name, ...names);
  const rotation = credentialRotation(user, spec, environment.nats);
  const consumers = clusters.map((cluster) => ({
    cluster: cluster.name,
    namespace: namespaceName(workload.system),
    deployment: workload.workload,
    annotation: natsAnnotation(spec.name),
  }));
  const { publicKey, issuedAt, expiresAt, reason, superseded, creds } = new NatsUser(logicalName, {
    user,
    name,
    environment: environment.name,
    issuer: natsIssuer(environment.nats),
    publish: spec.publish,
    subscribe: spec.subscribe,
    respond: spec.respond,
    inbox: natsInboxPrefix(environment.name, ...names),
    expires: expirySeconds(spec),
    rotation,
    consumers: consumers.map(
      ({ cluster, namespace, deployment }) => `Deployment ${namespace}/${deployment} on ${cluster}`,
    ),
  });
  const delivery = deliverCredentials(
    logicalName,
    { workload, user: spec.name, clusters, creds, publicKey, issuedAt, aws: args.aws },
    args.delivery,
  );
  return {
    issued: {
      user,
      name,
      publicKey,
      issuedAt,
      expiresAt,
      reason,
      rotateAt: pulumi.output(issuedAt).apply((at) => rotateAt(at, rotation)),
      superseded,
      consumers,
    },
    delivery,
  };
}

/** When the user ends, in seconds since 1970; 0: never. */
function expirySeconds({ name, expires }: NatsUserSpec): number {
  if (expires === undefined) return 0;
  const seconds = instantSeconds(expires);
  if (seconds === undefined)
    throw new Error(`The NATS user ${name} expires at ${expires}, which is no time.`);
  return seconds;
}
