import {
  type DeploymentView,
  obstacleTo,
  type PodView,
  type RolloutGoal,
} from "@haulway/providers/credential-retirement/rollout";
import { describe, expect, it } from "vitest";

const ANNOTATION = "haulway.dev/nats-publisher";
const PRESENT = "K.300";
const GOAL: RolloutGoal = { annotation: ANNOTATION, generation: PRESENT, publicKeys: ["K", "J"] };

function deployment(status: DeploymentView["status"] = {}, template = PRESENT): DeploymentView {
  return {
    metadata: { generation: 2 },
    spec: {
      selector: { matchLabels: { app: "intake" } },
      template: { metadata: { annotations: { [ANNOTATION]: template } } },
    },
    status: { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2, ...status },
  };
}

function pod(
  generation: string | undefined,
  change: { terminating?: boolean; phase?: string } = {},
): PodView {
  return {
    metadata: {
      name: `intake-${generation}`,
      ...(generation !== undefined && { annotations: { [ANNOTATION]: generation } }),
      ...(change.terminating === true && { deletionTimestamp: "2026-11-01T00:00:00Z" }),
    },
    status: { phase: change.phase ?? "Running" },
  };
}

const NEW = [pod(PRESENT), pod(PRESENT)];

describe("a Deployment has rolled", () => {
  it.each<[string, DeploymentView | undefined, PodView[]]>([
    ["when all its pods carry the present generation", deployment(), NEW],
    ["when it has no pods", deployment({ replicas: 0, updatedReplicas: 0, availableReplicas: 0 }), []],
    [
      "when it says nothing of pods, as one without any does",
      { ...deployment(), status: { observedGeneration: 2 } },
      [],
    ],
    ["when its controller is ahead of what was read", deployment({ observedGeneration: 3 }), NEW],
    [
      "when a pod of earlier credentials was evicted",
      deployment(),
      [...NEW, pod("K.200", { phase: "Failed" })],
    ],
    [
      "when a pod of earlier credentials has ended",
      deployment(),
      [...NEW, pod("K.200", { phase: "Succeeded" })],
    ],
    ["when there is none", undefined, []],
    [
      "when there is none, and the pods are of other workloads",
      undefined,
      [pod("OTHER.200"), pod(undefined), pod(PRESENT)],
    ],
  ])("%s", (_, observed, pods) => {
    expect(obstacleTo(GOAL, { deployment: observed, pods })).toBeUndefined();
  });
});

describe("a Deployment has not rolled", () => {
  it.each<[string, DeploymentView | undefined, PodView[], string]>([
    [
      "because its template is of an earlier generation",
      deployment({}, "K.200"),
      NEW,
      "its pod template names other credentials",
    ],
    [
      "because its template is of no generation",
      deployment({}, ""),
      NEW,
      "its pod template names other credentials",
    ],
    [
      "because its template has no annotations",
      { ...deployment(), spec: { selector: {}, template: {} } },
      NEW,
      "its pod template names other credentials",
    ],
    [
      "because its controller has not seen the template",
      deployment({ observedGeneration: 1 }),
      NEW,
      "its roll-out has not begun",
    ],
    [
      "because its controller has seen nothing at all",
      { ...deployment(), status: undefined },
      NEW,
      "its roll-out has not begun",
    ],
    ["because pods are not updated", deployment({ updatedReplicas: 1 }), NEW, "1 of 2 pods are updated"],
    [
      "because new pods are not available",
      deployment({ availableReplicas: 1 }),
      NEW,
      "1 of 2 pods are available",
    ],
    [
      "because there are more pods than there will be",
      deployment({ replicas: 3 }),
      NEW,
      "2 of 3 pods are updated",
    ],
    [
      "because an earlier pod runs",
      deployment(),
      [...NEW, pod("K.200")],
      "a pod still has earlier credentials: intake-K.200",
    ],
    [
      "because an earlier pod is terminating",
      deployment(),
      [...NEW, pod("J.200", { terminating: true })],
      "a pod still has earlier credentials: intake-J.200, terminating",
    ],
    [
      "because an earlier pod cannot be reached",
      deployment(),
      [...NEW, pod("K.200", { phase: "Unknown" })],
      "a pod still has earlier credentials: intake-K.200",
    ],
    [
      "because an earlier pod has not started",
      deployment(),
      [...NEW, pod("K.200", { phase: "Pending" })],
      "a pod still has earlier credentials: intake-K.200",
    ],
    [
      "because a pod is from before there were generations",
      deployment(),
      [pod(undefined)],
      "a pod still has earlier credentials: intake-undefined",
    ],
    [
      "because several earlier pods run",
      deployment({ updatedReplicas: 0 }),
      [pod("K.200"), pod("K.100")],
      "2 pods still have earlier credentials: intake-K.200, …",
    ],
    [
      "because it is gone and has left a pod behind",
      undefined,
      [pod("J.100")],
      "it is gone, but a pod still has earlier credentials: intake-J.100",
    ],
  ])("%s", (_, observed, pods, obstacle) => {
    expect(obstacleTo(GOAL, { deployment: observed, pods })).toBe(obstacle);
  });
});
