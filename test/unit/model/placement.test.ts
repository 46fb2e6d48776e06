import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clusterSchema } from "../../../model/cluster.ts";
import type { ClusterSpec } from "../../../model/environment.ts";
import { hasLabels, placeWorkload } from "../../../model/placement.ts";

function cluster(name: string, labels: Readonly<Record<string, string>>): ClusterSpec {
  return clusterSchema.parse({
    name,
    labels,
    kubernetesVersion: "1.36",
    network: { cidr: "10.0.0.0/16", zones: 2, natGateways: "single" },
    nodes: { instanceTypes: ["m7i.large"], min: 1, max: 1 },
  });
}

const WORKLOAD_CLUSTERS = [
  cluster("c", { tier: "general", zone: "edge" }),
  cluster("a", { tier: "general" }),
  cluster("b", { tier: "gpu" }),
];

function placed(placement: Parameters<typeof placeWorkload>[0]["placement"]): readonly string[] {
  return placeWorkload({ placement }, { workloadClusters: WORKLOAD_CLUSTERS }).map(({ name }) => name);
}

describe("placeWorkload", () => {
  it.each([
    ["by name", { clusters: ["b"] }, ["b"]],
    ["by several names, sorted", { clusters: ["c", "a"] }, ["a", "c"]],
    ["by a label", { clusterLabels: { tier: "general" } }, ["a", "c"]],
    ["by all of several labels", { clusterLabels: { tier: "general", zone: "edge" } }, ["c"]],
    [
      "by name and label, each cluster once",
      { clusters: ["a", "b"], clusterLabels: { zone: "edge" } },
      ["a", "b", "c"],
    ],
    ["by a name that has the label too", { clusters: ["c"], clusterLabels: { zone: "edge" } }, ["c"]],
    ["nowhere by an unknown name", { clusters: ["platform"] }, []],
    ["nowhere by an unmatched label", { clusterLabels: { tier: "other" } }, []],
    ["nowhere by no labels at all", { clusterLabels: {} }, []],
    ["nowhere by nothing", {}, []],
  ])("places %s", (_case, placement, expected) => {
    expect(placed(placement)).toEqual(expected);
  });

  const word = fc.constantFrom("a", "b", "c", "d");
  const labels = fc.dictionary(word, word, { maxKeys: 3 });
  const clusters = fc
    .uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,3}$/), labels), { selector: ([name]) => name })
    .map((pairs) => pairs.map(([name, of]) => cluster(name, of)));
  const placement = fc.record({
    clusters: fc.array(fc.stringMatching(/^[a-z]{1,3}$/)),
    clusterLabels: labels,
  });

  it("takes exactly the clusters that are named or match, whatever order they are declared in", () => {
    fc.assert(
      fc.property(clusters, placement, (workloadClusters, where) => {
        const result = placeWorkload({ placement: where }, { workloadClusters });
        const names = result.map(({ name }) => name);
        expect(names).toEqual([...new Set(names)].sort());
        for (const candidate of workloadClusters) {
          const expected =
            where.clusters.includes(candidate.name) || hasLabels(candidate.labels, where.clusterLabels);
          expect(names.includes(candidate.name)).toBe(expected);
        }
        const reversed = { workloadClusters: [...workloadClusters].reverse() };
        expect(placeWorkload({ placement: where }, reversed)).toEqual(result);
      }),
    );
  });

  it("never loses a cluster by a further label on a cluster or a further name in the placement", () => {
    fc.assert(
      fc.property(clusters, placement, (workloadClusters, where) => {
        const before = placeWorkload({ placement: where }, { workloadClusters }).map(({ name }) => name);
        const labelled = workloadClusters.map((of) => ({ ...of, labels: { ...of.labels, extra: "yes" } }));
        const more = { ...where, clusters: [...where.clusters, "zzz"] };
        const after = placeWorkload({ placement: more }, { workloadClusters: labelled }).map(
          ({ name }) => name,
        );
        expect(after).toEqual(expect.arrayContaining(before));
      }),
    );
  });
});
