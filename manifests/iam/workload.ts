import type { Workload } from "../../model/team.ts";
import { policyJson } from "./policy-document.ts";

/** What a workload's role allows, as its manifest says; undefined if that is nothing, since IAM knows no empty policy. */
export function workloadPolicy(permissions: Workload["permissions"]): string | undefined {
  if (permissions.length === 0) return undefined;
  return policyJson(
    ...permissions.map(({ actions, resources }) => ({
      Effect: "Allow" as const,
      Action: actions,
      Resource: resources,
    })),
  );
}
