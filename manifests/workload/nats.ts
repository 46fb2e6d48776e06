import { natsSecretName } from "../../model/naming.ts";
import { HAULWAY_DOMAIN } from "../labels.ts";

/** Key of the creds file in the Secret of a NATS user. */
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
  readonly volumes: { name: string; secret: { secretName: string; defaultMode: number } }[];
  readonly volumeMounts: { name: string; mountPath: string; readOnly: boolean }[];
}

/** The path of a user's creds file inside the container. */
export function natsCredsPath(user: string): string {
  return `${MOUNT_ROOT}/${user}/${NATS_CREDS_KEY}`;
}

/** The variable that holds the path of a user's creds file, such as `NATS_CREDS_EVENT_PUBLISHER`. */
export function natsCredsVariable(user: string): string {
  return `NATS_CREDS_${user.toUpperCase().replaceAll("-", "_")}`;
}

/**
 * How a pod gets to its NATS users: each user's Secret mounted as a directory, `NATS_URL`, `NATS_CREDS_<USER>` for every
 * user, `NATS_CREDS` for the first one, and an annotation per user that names the generation of its credentials.
 *
 * The annotation, not the bytes of the Secret, is what rolls the pods: credentials that stay leave the pods alone, new ones
 * roll them once.
 *
 * @param generations the present generation of every user, by the user's name in the manifest
 * @throws Error if a user has no generation: its NATS user was not created
 */
export function natsPodSettings(
  workload: string,
  servers: string,
  users: readonly string[],
  generations: Readonly<Record<string, NatsGeneration>>,
): NatsPodSettings {
  const [first] = users;
  if (first === undefined) return { annotations: {}, env: [], volumes: [], volumeMounts: [] };
  return {
    annotations: Object.fromEntries(
      users.map((user) => [`${HAULWAY_DOMAIN}/nats-${user}`, generationOf(user, generations)]),
    ),
    env: [
      { name: "NATS_URL", value: servers },
      { name: "NATS_CREDS", value: natsCredsPath(first) },
      ...users.map((user) => ({ name: natsCredsVariable(user), value: natsCredsPath(user) })),
    ],
    volumes: users.map((user) => ({
      name: volumeName(user),
      secret: { secretName: natsSecretName(workload, user), defaultMode: 0o440 },
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

function generationOf(user: string, generations: Readonly<Record<string, NatsGeneration>>): string {
  const generation = generations[user];
  if (generation === undefined) throw new Error(`The NATS user "${user}" has no credentials.`);
  return `${generation.publicKey}.${generation.issuedAt}`;
}
