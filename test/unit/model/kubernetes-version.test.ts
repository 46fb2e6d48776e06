import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keepsNodeCount } from "../../../manifests/cluster/node-group.ts";
import { ADDON_VERSIONS, ADDONS } from "../../../manifests/cluster/versions.ts";
import { KUBERNETES_VERSIONS, minorOf, upgradeProblem } from "../../../model/kubernetes-version.ts";

describe("upgradeProblem", () => {
  const minors = fc.integer({ min: 20, max: 60 });

  test("allows a new cluster, the version that it has and the next one, and nothing else", () => {
    fc.assert(
      fc.property(minors, minors, (deployed, wanted) => {
        expect(upgradeProblem(undefined, `1.${wanted}`)).toBeUndefined();
        const allowed = wanted === deployed || wanted === deployed + 1;
        expect(upgradeProblem(`1.${deployed}`, `1.${wanted}`) === undefined).toBe(allowed);
      }),
    );
  });

  test("names a way out that is allowed", () => {
    fc.assert(
      fc.property(minors, minors, (deployed, wanted) => {
        const way = /Set kubernetesVersion to "([\d.]+)"/.exec(
          upgradeProblem(`1.${deployed}`, `1.${wanted}`) ?? "",
        )?.[1];
        if (way !== undefined) expect(upgradeProblem(`1.${deployed}`, way)).toBeUndefined();
      }),
    );
  });
});

describe("the add-ons", () => {
  test("have a version for each version of Kubernetes, kube-proxy that of Kubernetes itself", () => {
    for (const version of KUBERNETES_VERSIONS) {
      expect(Object.keys(ADDON_VERSIONS[version]).sort()).toEqual([...ADDONS].sort());
      expect(ADDON_VERSIONS[version]["kube-proxy"]).toMatch(
        new RegExp(`^v${version.replace(".", "\\.")}\\.`),
      );
    }
  });

  test("never skip a minor version when Kubernetes goes up by one, nor go back", () => {
    for (const [index, version] of KUBERNETES_VERSIONS.entries()) {
      const next = KUBERNETES_VERSIONS[index + 1];
      if (next === undefined) continue;
      expect(minorOf(next)).toBe(minorOf(version) + 1);
      for (const addon of ADDONS) {
        const step = minorOf(ADDON_VERSIONS[next][addon]) - minorOf(ADDON_VERSIONS[version][addon]);
        expect([0, 1]).toContain(step);
      }
    }
  });
});

describe("keepsNodeCount", () => {
  test.each([
    [undefined, 2, true],
    [2, 2, true],
    [3, 2, true],
    [2, 3, false],
  ])("of a group with at least %s nodes that is to have %s: %s", (deployed, min, kept) => {
    expect(keepsNodeCount(deployed, min)).toBe(kept);
  });
});
