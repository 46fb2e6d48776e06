import { type Finding, type PolicyRule, UNKNOWN } from "../checked-resource.ts";
import { inputAt, shown } from "../inputs.ts";

/** Pods must not get the node's role from the instance metadata service. */
export const instanceMetadata: PolicyRule = {
  name: "instance-metadata",
  description: "Nodes answer for their metadata only to IMDSv2, and only one hop away, where pods are not.",
  check: ({ type, inputs }) => {
    if (type !== "aws:ec2/launchTemplate:LaunchTemplate") return [];
    const wanted = { "metadataOptions.httpTokens": "required", "metadataOptions.httpPutResponseHopLimit": 1 };
    return Object.entries(wanted).flatMap(([path, expected]): Finding[] => {
      const value = inputAt(inputs, path);
      if (value === expected || value === UNKNOWN) return [];
      const wayOut = 'Set metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 }.';
      return [{ path, problem: shown(value), expected: JSON.stringify(expected), wayOut }];
    });
  },
};
