import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { renderTeamFiles, type TeamFacts } from "../../../manifests/state-store/team-files.ts";
import { toYaml } from "../../../manifests/yaml.ts";
import { loadProject } from "../../../model/load.ts";

const { environment, teams } = loadProject(resolve(import.meta.dirname, "../../.."), "local", {
  variables: {
    HAULWAY_ARGOCD_MANIFESTS: "install.yaml",
    HAULWAY_STATE_STORE_URL: "http://127.0.0.1:3000/state.git",
    HAULWAY_NATS_URL: "nats://127.0.0.1:4222",
    HAULWAY_SYNADIA_URL: "http://127.0.0.1:8222",
  },
});
const claims = team("claims");

function team(name: string) {
  const found = teams.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}

const facts: TeamFacts = {
  repositories: { "claims/intake": "registry.test/intake", "claims/assessor": "registry.test/assessor" },
  natsGenerations: {
    "local.claims.intake.publisher": { publicKey: "UP", issuedAt: 1 },
    "local.claims.assessor.subscriber": { publicKey: "US", issuedAt: 2 },
  },
  credentialFiles: {},
};

/** The image of the workload `intake` on workload-a. */
function image(files: Readonly<Record<string, string>>): string | undefined {
  const deployment = parse(files["systems/claims/workloads/intake/workload-a/deployment.yaml"] ?? "") as {
    spec: { template: { spec: { containers: { image: string }[] } } };
  };
  return deployment.spec.template.spec.containers[0]?.image;
}

describe("renderTeamFiles", () => {
  test("has an Application and the manifests of each workload for each cluster it is placed on", () => {
    expect(Object.keys(renderTeamFiles(environment, claims, facts))).toEqual([
      "systems/claims/applications/claims-assessor-workload-a.yaml",
      "systems/claims/applications/claims-intake-workload-a.yaml",
      "systems/claims/applications/claims-intake-workload-b.yaml",
      "systems/claims/workloads/assessor/workload-a/deployment.yaml",
      "systems/claims/workloads/assessor/workload-a/service-account.yaml",
      "systems/claims/workloads/assessor/workload-a/service.yaml",
      "systems/claims/workloads/intake/workload-a/deployment.yaml",
      "systems/claims/workloads/intake/workload-a/pod-disruption-budget.yaml",
      "systems/claims/workloads/intake/workload-a/service-account.yaml",
      "systems/claims/workloads/intake/workload-a/service.yaml",
      "systems/claims/workloads/intake/workload-b/deployment.yaml",
      "systems/claims/workloads/intake/workload-b/pod-disruption-budget.yaml",
      "systems/claims/workloads/intake/workload-b/service-account.yaml",
      "systems/claims/workloads/intake/workload-b/service.yaml",
    ]);
  });

  test("runs the image of the workload's repository and tag, or of the repository that it names", () => {
    expect(image(renderTeamFiles(environment, claims, facts))).toBe("registry.test/intake:1.4.2");
    const elsewhere = {
      ...claims,
      systems: claims.systems.map((system) => ({
        ...system,
        workloads: system.workloads.map((workload) => ({
          ...workload,
          image: { tag: "2", repository: "public.ecr.aws/nginx/nginx" },
        })),
      })),
    };
    expect(image(renderTeamFiles(environment, elsewhere, { ...facts, repositories: {} }))).toBe(
      "public.ecr.aws/nginx/nginx:2",
    );
  });

  test("changes one file per cluster when the credentials of a user are made anew, and none when they are not", () => {
    const before = renderTeamFiles(environment, claims, facts);
    const after = renderTeamFiles(environment, claims, {
      ...facts,
      natsGenerations: {
        ...facts.natsGenerations,
        "local.claims.intake.publisher": { publicKey: "UP", issuedAt: 3 },
      },
    });
    expect(renderTeamFiles(environment, claims, facts)).toEqual(before);
    expect(Object.keys(after).filter((path) => after[path] !== before[path])).toEqual([
      "systems/claims/workloads/intake/workload-a/deployment.yaml",
      "systems/claims/workloads/intake/workload-b/deployment.yaml",
    ]);
  });

  test("has what brings the credentials to the clusters, among the files of the workload", () => {
    const path = "systems/claims/workloads/intake/workload-a/nats-publisher.yaml";
    const files = renderTeamFiles(environment, claims, {
      ...facts,
      credentialFiles: { [path]: "kind: SealedSecret\n" },
    });
    expect(files[path]).toBe("kind: SealedSecret\n");
    expect(Object.keys(files)).toEqual(Object.keys(files).sort());
    expect(Object.keys(files)).toHaveLength(
      1 + Object.keys(renderTeamFiles(environment, claims, facts)).length,
    );
  });

  test.each([
    [{ ...facts, repositories: {} }, "The workload claims/intake has no image repository."],
    [{ ...facts, natsGenerations: {} }, 'The NATS user "publisher" has no credentials.'],
  ])("refuses to render half of a workload", (incomplete, message) => {
    expect(() => renderTeamFiles(environment, claims, incomplete)).toThrow(message);
  });
});

describe("toYaml", () => {
  test("gives the same text for the same object, in whatever order its keys were set", () => {
    const one = {
      kind: "Service",
      metadata: { namespace: "b", name: "a" },
      apiVersion: "v1",
      zebra: 1,
      apple: 2,
    };
    const other = {
      apple: 2,
      zebra: 1,
      apiVersion: "v1",
      metadata: { name: "a", namespace: "b" },
      kind: "Service",
    };
    expect(toYaml(one)).toBe(toYaml(other));
    expect(toYaml(one)).toBe(
      "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  namespace: b\napple: 2\nzebra: 1\n",
    );
  });

  test("writes out what occurs twice, and keeps texts that look like something else", () => {
    const labels = { tier: "general" };
    expect(parse(toYaml({ a: labels, b: labels, c: "1.10", d: "yes", e: "null", f: "0o440" }))).toEqual({
      a: labels,
      b: labels,
      c: "1.10",
      d: "yes",
      e: "null",
      f: "0o440",
    });
    expect(toYaml({ a: labels, b: labels })).not.toContain("&");
  });

  // Argo CD, as all of Kubernetes, reads YAML 1.1.
  test.each([
    "yes",
    "on",
    "off",
    "n",
    "1_000",
    "0b11",
    "1:30",
    "0777",
    "2026-01-01",
    "<<",
  ])("keeps the text %j for a reader of YAML 1.1", (value) => {
    expect(parse(toYaml({ value }), { version: "1.1", merge: true })).toEqual({ value });
  });
});
