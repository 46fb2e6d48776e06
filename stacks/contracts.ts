import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

const clusterConnectionSchema = z.object({
  name: z.string().min(1),
  arn: z.string().startsWith("arn:"),
  endpoint: z.url({ protocol: /^https$/ }),
  certificateAuthority: z.base64().min(1),
  kubeconfig: z.string().min(1),
});

/** Absent from the outputs of a stack whose last update was made by a version of Haulway that did not tell it. */
const deployedSchema = z.object({ kubernetesVersion: z.string(), minNodes: z.number() }).optional();

const platformOutputsSchema = z.object({
  cluster: clusterConnectionSchema,
  deployed: deployedSchema,
  argocd: z.object({
    namespace: z.string().min(1),
    managementRoleArn: z.string().startsWith("arn:"),
  }),
  network: z.object({ vpcId: z.string().min(1) }),
});

const clusterOutputsSchema = z.object({
  cluster: clusterConnectionSchema,
  deployed: deployedSchema,
  labels: z.record(z.string(), z.string()),
});

const natsUserOutputsSchema = z.object({
  user: z.string(),
  name: z.string(),
  publicKey: z.string(),
  issuedAt: z.number(),
  expiresAt: z.number(),
  reason: z.string(),
  rotateAt: z.number(),
  superseded: z.array(z.object({ publicKey: z.string(), issuedAt: z.number(), retireAt: z.number() })),
});

const teamOutputsSchema = z.object({
  applications: z.array(z.string()),
  repositories: z.record(z.string(), z.string()),
  natsUsers: z.array(natsUserOutputsSchema),
  retiredCredentials: z.record(z.string(), z.string()),
  stateStoreCommit: z.string(),
});

/** How to find a cluster and talk to it. `kubeconfig` is secret: `{ name, arn, endpoint, certificateAuthority, kubeconfig }`. */
export type ClusterConnectionOutputs = z.output<typeof clusterConnectionSchema>;

/** What a cluster has since its last update, by which the next one is judged. */
export type DeployedCluster = NonNullable<z.output<typeof deployedSchema>>;

/** What the stack `<environment>` tells the others. */
export type PlatformOutputs = z.output<typeof platformOutputsSchema>;

/** What the stack `<environment>.cluster.<cluster>` tells the others. */
export type ClusterOutputs = z.output<typeof clusterOutputsSchema>;

/**
 * A NATS user, `<system>/<workload>/<user>`, with the generations of its credentials. Times are seconds since 1970; 0 is never.
 *
 * `superseded` are generations that a younger one has taken the place of: each is revoked at `retireAt` at the latest, or as
 * soon as `retiredCredentials` has the present generation, `<publicKey>.<issuedAt>`, for the user.
 */
export type NatsUserOutputs = z.output<typeof natsUserOutputsSchema>;

/**
 * What the stack `<environment>.team.<team>` tells: the names of its Applications in Argo CD's namespace, image repositories
 * by `<system>/<workload>`, its NATS users, the generation of each user than which everything older is revoked, and the commit
 * of the state store that holds its manifests.
 */
export type TeamOutputs = z.output<typeof teamOutputsSchema>;

/** What a stack with a cluster tells its own next update: all that is read of it, whatever else is missing. */
export const OWN_OUTPUTS = z.object({ deployed: deployedSchema });

/** The contract of each kind of stack, by which its outputs are read. */
export const STACK_OUTPUTS = {
  platform: platformOutputsSchema,
  cluster: clusterOutputsSchema,
  team: teamOutputsSchema,
} as const;

/** Outputs as a stack gives them: some of the values are known only when its resources exist. */
export type OutputsOf<T> = {
  readonly [Key in keyof T]: T[Key] extends string | number
    ? pulumi.Input<T[Key]>
    : pulumi.Input<OutputsOf<T[Key]>>;
};
