import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PlanInput, planRun, removals, type Step } from "../../../../cli/plan/plan.ts";
import { UsageError } from "../../../../cli/usage-error.ts";

const base: PlanInput = {
  operation: "up",
  environment: { name: "dev", clusters: ["a", "b"] },
  teams: [
    { name: "claims", clusters: ["a", "b"] },
    { name: "quoting", clusters: ["b"] },
  ],
  existing: [],
};
const all = ["dev", "dev.cluster.a", "dev.cluster.b", "dev.team.claims", "dev.team.quoting"];

function step(steps: readonly Step[], stack: string): Step {
  const found = steps.find((candidate) => candidate.stack === stack);
  if (found === undefined) throw new Error(`No step for ${stack}`);
  return found;
}

function summary(steps: readonly Step[]): string[] {
  return steps.map((one) => `${one.action} ${one.stack}`);
}

describe("planRun up", () => {
  it("deploys the platform, then clusters, then each team after the clusters it is placed on", () => {
    const steps = planRun(base);
    expect(summary(steps)).toEqual(all.map((stack) => `up ${stack}`));
    expect(step(steps, "dev.cluster.b").needs).toEqual(["dev"]);
    expect(step(steps, "dev.team.claims").needs).toEqual(["dev", "dev.cluster.a", "dev.cluster.b"]);
    expect(step(steps, "dev.team.quoting").needs).toEqual(["dev", "dev.cluster.b"]);
    expect(steps.every((one) => one.blocked === undefined)).toBe(true);
  });

  it("destroys stacks that are not declared any more, a cluster after every team", () => {
    const steps = planRun({
      ...base,
      existing: [
        ...all,
        "dev.team.gone",
        "dev.cluster.old",
        "prod",
        "prod.team.gone",
        "dev.other",
        "development",
      ],
    });
    expect(removals(steps).map((one) => one.stack)).toEqual(["dev.team.gone", "dev.cluster.old"]);
    expect(step(steps, "dev.team.gone").needs).toEqual(["dev"]);
    expect(step(steps, "dev.cluster.old").needs).toEqual([
      "dev",
      "dev.team.claims",
      "dev.team.gone",
      "dev.team.quoting",
    ]);
  });

  it("lets a new team wait for the teams that leave, whose names it may take over", () => {
    const steps = planRun({ ...base, existing: ["dev", "dev.team.gone", "dev.team.claims"] });
    expect(step(steps, "dev.team.quoting").follows).toEqual(["dev.team.gone"]);
    expect(step(steps, "dev.team.claims").follows).toEqual([]);
  });

  it("touches nothing but the team that is named", () => {
    const steps = planRun({ ...base, existing: [...all, "dev.team.gone"], only: { team: "claims" } });
    expect(steps).toEqual([
      {
        stack: "dev.team.claims",
        reference: { environment: "dev", kind: "team", name: "claims" },
        action: "up",
        needs: [],
        follows: [],
        exists: true,
      },
    ]);
  });

  it("takes a named cluster and team together, in order", () => {
    const steps = planRun({ ...base, existing: ["dev"], only: { team: "quoting", cluster: "b" } });
    expect(summary(steps)).toEqual(["up dev.cluster.b", "up dev.team.quoting"]);
    expect(step(steps, "dev.team.quoting").needs).toEqual(["dev.cluster.b"]);
    expect(step(steps, "dev.team.quoting").blocked).toBeUndefined();
  });

  it("removes a named team whose file is gone", () => {
    const steps = planRun({ ...base, existing: [...all, "dev.team.gone"], only: { team: "gone" } });
    expect(summary(steps)).toEqual(["destroy dev.team.gone"]);
  });

  it("blocks a named team whose platform is not deployed", () => {
    const [only] = planRun({ ...base, existing: ["dev.cluster.b"], only: { team: "quoting" } });
    expect(only?.blocked).toBe("dev is not deployed yet; run this first: haulway up dev");
  });

  it.each([
    [
      { team: "nobody" },
      "--team nobody: environment dev has no team of this name; its teams are: claims, quoting",
    ],
    [{ cluster: "c" }, "--cluster c: environment dev has no cluster of this name; its clusters are: a, b"],
  ])("refuses unknown names: %o", (only, message) => {
    expect(() => planRun({ ...base, only })).toThrow(new UsageError(message));
  });

  it("says so where there is nothing to choose from", () => {
    expect(() => planRun({ ...base, teams: [], only: { team: "x" } })).toThrow("it has no team at all");
  });
});

describe("planRun preview", () => {
  it("previews deployments and removals", () => {
    const steps = planRun({ ...base, operation: "preview", existing: [...all, "dev.team.gone"] });
    expect(summary(steps)).toEqual([
      ...all.slice(0, 4).map((stack) => `preview ${stack}`),
      "preview-destroy dev.team.gone",
      "preview dev.team.quoting",
    ]);
    expect(removals(steps)).toEqual([]);
  });

  it("blocks what reads from stacks that are not deployed yet", () => {
    const steps = planRun({ ...base, operation: "preview" });
    expect(step(steps, "dev").blocked).toBeUndefined();
    expect(step(steps, "dev.cluster.a").blocked).toContain("dev is not deployed yet");
    expect(step(steps, "dev.team.quoting").blocked).toContain("dev, dev.cluster.b is not deployed yet");
  });
});

describe("planRun destroy", () => {
  it("takes the stacks that exist, teams first, the platform last", () => {
    const steps = planRun({ ...base, operation: "destroy", existing: [...all.slice(0, 4), "dev.team.gone"] });
    expect(summary(steps)).toEqual([
      "destroy dev.team.claims",
      "destroy dev.team.gone",
      "destroy dev.cluster.a",
      "destroy dev.cluster.b",
      "destroy dev",
    ]);
  });

  it("is empty where nothing is deployed", () => {
    expect(planRun({ ...base, operation: "destroy" })).toEqual([]);
  });

  it("refuses a cluster that teams still use, but not together with the last of them", () => {
    const input: PlanInput = { ...base, operation: "destroy", existing: all };
    expect(() => planRun({ ...input, only: { cluster: "a" } })).toThrow(
      /--cluster a: workloads of claims are placed on this cluster.*haulway destroy dev --team claims/,
    );
    expect(summary(planRun({ ...input, only: { cluster: "a", team: "claims" } }))).toEqual([
      "destroy dev.team.claims",
      "destroy dev.cluster.a",
    ]);
  });
});

const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 5 });
const inputs = fc
  .record({ clusters: names, oldClusters: names, teams: names, oldTeams: names, platform: fc.boolean() })
  .chain(({ clusters, oldClusters, teams, oldTeams, platform }) =>
    fc.record({
      operation: fc.constantFrom("up" as const, "preview" as const, "destroy" as const),
      environment: fc.constant({ name: "dev", clusters }),
      teams: fc.tuple(
        ...teams.map((name) => fc.record({ name: fc.constant(name), clusters: fc.subarray(clusters) })),
      ),
      existing: fc.constant([
        ...oldTeams.map((name) => `dev.team.${name}`),
        ...oldClusters.map((name) => `dev.cluster.${name}`),
        ...(platform ? ["dev"] : []),
      ]),
    }),
  );

describe("every plan", () => {
  it("has each stack once, after all it waits for", () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const order = planRun(input).map((one) => one.stack);
        expect(new Set(order).size).toBe(order.length);
        for (const [index, one] of planRun(input).entries()) {
          for (const before of [...one.needs, ...one.follows]) {
            expect(order.slice(0, index)).toContain(before);
          }
        }
      }),
    );
  });

  it("covers every declared and every existing stack exactly as the operation asks", () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const declared = [
          "dev",
          ...input.environment.clusters.map((c) => `dev.cluster.${c}`),
          ...input.teams.map((t) => `dev.team.${t.name}`),
        ];
        const expected = input.operation === "destroy" ? input.existing : [...declared, ...input.existing];
        const steps = planRun(input);
        expect(new Set(steps.map((one) => one.stack))).toEqual(new Set(expected));
        for (const one of steps) {
          const removed = input.operation === "destroy" || !declared.includes(one.stack);
          expect(one.action.includes("destroy")).toBe(removed);
        }
      }),
    );
  });

  it("destroys in the reverse order of deployment", () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const existing = [
          "dev",
          ...input.environment.clusters.map((c) => `dev.cluster.${c}`),
          ...input.teams.map((t) => `dev.team.${t.name}`),
        ];
        const up = planRun({ ...input, operation: "up", existing });
        const down = planRun({ ...input, operation: "destroy", existing });
        const position = new Map(down.map((one, index) => [one.stack, index]));
        for (const one of up) {
          for (const needed of one.needs) {
            expect(step(down, needed).needs).toContain(one.stack);
            expect(position.get(one.stack)).toBeLessThan(position.get(needed) ?? -1);
          }
        }
      }),
    );
  });
});
