import type { Generation } from "../issuer/issuer.js";

/** What the API server says of a Deployment, as far as its roll-out is concerned. */
export interface DeploymentView {
  readonly metadata: { readonly generation?: number };
  readonly spec: {
    readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly template: { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
  };
}

/** What the API server says of a pod. */
export interface PodView {
  readonly metadata: {
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
    /** RFC 3339; set while the pod is terminating. */
    readonly deletionTimestamp?: string;
  };
  readonly status?: { readonly phase?: string };
}

/**
 * A Deployment at one moment: itself, and the pods that its selector selects, terminating ones included. Without a
 * Deployment, the pods are all those of its namespace.
 */
export interface Rollout {
  readonly deployment: DeploymentView | undefined;
  readonly pods: readonly PodView[];
}

/** What a Deployment has to roll to. */
export interface RolloutGoal {
  /** The annotation that names the generation. */
  readonly annotation: string;
  /** Id of the present generation. */
  readonly generation: string;
  /** Every nkey of the user, the present one included. */
  readonly publicKeys: readonly Generation["publicKey"][];
}

/** Phases in which no process of the pod runs any more. A pod that was evicted stays in such a phase for days. */
const ENDED = new Set(["Succeeded", "Failed"]);

/**
 * What keeps a Deployment from having rolled to the present generation of a user's credentials, for people; `undefined`
 * when it has. Nothing consumes the credentials where there is no Deployment, unless it left pods behind.
 */
export function obstacleTo(goal: RolloutGoal, { deployment, pods }: Rollout): string | undefined {
  const running = pods.filter(({ status }) => !ENDED.has(status?.phase ?? ""));
  if (deployment === undefined) {
    const left = running.filter((pod) => isOfAnEarlierGeneration(goal, pod));
    return left.length === 0 ? undefined : `it is gone, but ${earlier(left)}`;
  }
  const template = deployment.spec.template.metadata?.annotations?.[goal.annotation];
  if (template !== goal.generation) return "its pod template names other credentials";
  const {
    observedGeneration = 0,
    replicas = 0,
    updatedReplicas = 0,
    availableReplicas = 0,
  } = deployment.status ?? {};
  if (observedGeneration < (deployment.metadata.generation ?? 0)) return "its roll-out has not begun";
  const old = running.filter(({ metadata }) => metadata.annotations?.[goal.annotation] !== goal.generation);
  if (updatedReplicas !== replicas || old.length > 0) {
    return old.length > 0 ? earlier(old) : `${updatedReplicas} of ${replicas} pods are updated`;
  }
  return availableReplicas === replicas
    ? undefined
    : `${availableReplicas} of ${replicas} pods are available`;
}

/** Pods of other workloads name other users' generations under the same annotation. */
function isOfAnEarlierGeneration(goal: RolloutGoal, { metadata }: PodView): boolean {
  const generation = metadata.annotations?.[goal.annotation];
  if (generation === undefined || generation === goal.generation) return false;
  return goal.publicKeys.some((key) => generation.startsWith(`${key}.`));
}

function earlier(pods: readonly PodView[]): string {
  const [first] = pods.map(({ metadata }) =>
    metadata.deletionTimestamp === undefined ? metadata.name : `${metadata.name}, terminating`,
  );
  return pods.length === 1
    ? `a pod still has earlier credentials: ${first}`
    : `${pods.length} pods still have earlier credentials: ${first}, …`;
}
