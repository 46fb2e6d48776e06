import { natsInboxPrefix, natsSecretName } from "../../model/naming.ts";
import { HAULWAY_DOMAIN, type WorkloadIdentifiers } from "../labels.ts";

/** Key of the present creds file in the Secret of a NATS user, and the name of the file that a container sees. */
export const NATS_CREDS_KEY = "nats.creds";

/** Where the Secrets of a workload's NATS users are mounted, each in a directory of its user's name. */
const MOUNT_ROOT = "/var/run/secrets/haulway/nats";

/** Which credentials of a NATS user are the present ones: it changes exactly when they are made anew. */
export interface NatsGeneration {
  /** The user's public nkey, `U…`. */
  readonly publicKey: string;
  /** When the credentials were issued, in seconds since 1970. */
  readonly issuedAt: number;
}

/** What a pod template needs of the workload's NATS users. */
export interface NatsPodSettings {
  readonly annotations: Record<string, string>;
  readonly env: { name: string; value: string }[];
  readonly volumes: NatsVolume[];
  readonly volumeMounts: { name: string; mountPath: string; readOnly: boolean }[];
}

/** The volume with the creds file of one generation. */
interface NatsVolume {
  readonly name: string;
  readonly secret: {
    readonly secretName: string;
    readonly defaultMode: number;
    readonly items: { readonly key: string; readonly path: string }[];
  };
}

/** Names a generation of credentials: `<public nkey>.<seconds since 1970>`. */
export function generationId({ publicKey, issuedAt }: NatsGeneration): string {
  return `${publicKey}.${issuedAt}`;
}

/** Key of one generation's creds file in the Secret of a NATS user. */
export function generationKey(generation: NatsGeneration): string {
  return `${generationId(generation)}.creds`;
}

/** The annotation of a pod that names the generation of a user's credentials it started with. */
export function natsAnnotation(user: string): string {
  return `${HAULWAY_DOMAIN}/nats-${user}`;
}

/** The path of a user's creds file inside the container. */
export function natsCredsPath(user: string): string {
  return `${MOUNT_ROOT}/${user}/${NATS_CREDS_KEY}`;
}

/** The variable that holds the path of a user's creds file, such as `NATS_CREDS_EVENT_PUBLISHER`. */
export function natsCredsVariable(user: string): string {
  return `NATS_CREDS_${variableSuffix(user)}`;
}

/** The variable that holds the prefix of a user's inboxes, such as `NATS_INBOX_PREFIX_EVENT_PUBLISHER`. */
export function natsInboxVariable(user: string): string {
  return `NATS_INBOX_PREFIX_${variableSuffix(user)}`;
}

function variableSuffix(user: string): string {
  return user.toUpperCase().replaceAll("-", "_");
}

/**
 * How a pod gets to its NATS users: a directory for each user with its creds file, `NATS_URL`, `NATS_CREDS_<USER>` and
 * `NATS_INBOX_PREFIX_<USER>` for every user, `NATS_CREDS` and `NATS_INBOX_PREFIX` for the first one, and an annotation per
 * user that names the generation of its credentials.
 *
 * The annotation, not the bytes of the Secret, is what rolls the pods: credentials that stay leave the pods alone, new ones
 * roll them once. The file is taken from the key of that generation: a pod whose Secret does not have it yet waits for it,
 * and never starts with another one.
 *
 * @param generations the present generation of every user, by the user's name in the manifest
 * @throws Error if a user has no generation: its NATS user was not created
 */
export function natsPodSettings(
  ids: Pick<WorkloadIdentifiers, "environment" | "system" | "workload">,
  servers: string,
  users: readonly string[],
  generations: Readonly<Record<string, NatsGeneration>>,
): NatsPodSettings {
  const [first] = users;
  if (first === undefined) return { annotations: {}, env: [], volumes: [], volumeMounts: [] };
  const inboxPrefix = (user: string) => natsInboxPrefix(ids.environment, ids.system, ids.workload, user);
  return {
    annotations: Object.fromEntries(
      users.map((user) => [natsAnnotation(user), generationId(generationOf(user, generations))]),
    ),
    env: [
      { name: "NATS_URL", value: servers },
      { name: "NATS_CREDS", value: natsCredsPath(first) },
      { name: "NATS_INBOX_PREFIX", value: inboxPrefix(first) },
      ...users.flatMap((user) => [
        { name: natsCredsVariable(user), value: natsCredsPath(user) },
        { name: natsInboxVariable(user), value: inboxPrefix(user) },
      ]),
    ],
    volumes: users.map((user) => ({
      name: volumeName(user),
      secret: {
        secretName: natsSecretName(ids.workload, user),
        defaultMode: 0o440,
        items: [{ key: generationKey(generationOf(user, generations)), path: NATS_CREDS_KEY }],
      },
    })),
    volumeMounts: users.map((user) => ({
      name: volumeName(user),
      mountPath: `${MOUNT_ROOT}/${user}`,
      readOnly: true,
    })),
  };
}

function volumeName(user: string): string {
  return `nats-${user}`;
}

function generationOf(user: string, generations: Readonly<Record<string, NatsGeneration>>): NatsGeneration {
  const generation = generations[user];
  if (generation === undefined) throw new Error(`The NATS user "${user}" has no credentials.`);
  return generation;
}
