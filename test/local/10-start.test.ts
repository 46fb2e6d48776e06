import { describe, expect, inject, it } from "vitest";
import { Project } from "./support/sandbox.ts";

const project = new Project(inject("sandbox"));

interface Deployments {
  readonly items: readonly {
    metadata: { namespace: string; name: string };
    spec: { replicas: number };
    status: { availableReplicas?: number };
  }[];
}

describe("npm start", () => {
  it("says at the end what runs where and what to try next", () => {
    const { stdout } = inject("firstStart");
    for (const line of ["kubectl", "nats://127.0.0.1", "npm run local:down"]) expect(stdout).toContain(line);
  });

  it("reports the environment in the documented shape", async () => {
    const status = await project.status();
    expect(Object.keys(status).toSorted()).toEqual(
      [
        "applications",
        "clusters",
        "environment",
        "nats",
        "pulumi",
        "stacks",
        "stateStore",
        "synadia",
      ].toSorted(),
    );
    expect(status.environment).toBe("local");
    expect(status.clusters.map(({ name, role }) => `${name} ${role}`)).toEqual([
      "platform platform",
      "workload-a workload",
      "workload-b workload",
    ]);
    expect(status.stacks.map(({ name, result }) => `${name} ${result}`)).toEqual([
      "local succeeded",
      "local.cluster.workload-a succeeded",
      "local.cluster.workload-b succeeded",
      "local.team.claims succeeded",
      "local.team.quoting succeeded",
    ]);
  });

  it("leaves every Application Synced and Healthy", async () => {
    const { applications } = await project.status();
    expect(applications.length).toBeGreaterThanOrEqual(5);
    expect(applications.filter(({ sync, health }) => sync !== "Synced" || health !== "Healthy")).toEqual([]);
  });

  it("leaves the teams' Deployments available on the workload clusters", async () => {
    const seen: string[] = [];
    for (const cluster of ["workload-a", "workload-b"]) {
      const { items } = await project.get<Deployments>(cluster, "deployments", "--all-namespaces");
      for (const { metadata, spec, status } of items) {
        seen.push(`${cluster} ${metadata.namespace}/${metadata.name}`);
        expect(status.availableReplicas, `${cluster} ${metadata.name}`).toBe(spec.replicas);
      }
    }
    expect(seen).toContain("workload-a claims/intake");
    expect(seen.some((name) => name.endsWith("claims/assessor"))).toBe(true);
    expect(seen.some((name) => name.includes(" quoting/"))).toBe(true);
  });

  it("changes nothing when it runs again", async () => {
    const commit = await project.stateStore("rev-parse", "main");
    const again = await project.npm("start");
    expect(again.code, again.stdout + again.stderr).toBe(0);
    const run = await project.haulway("up", "local", "--json");
    expect(run.code, run.stderr).toBe(0);
    const { stacks } = JSON.parse(run.stdout) as {
      stacks: { name: string; result: string; changes: Record<string, number> }[];
    };
    expect(stacks).toHaveLength(5);
    for (const { name, result, changes } of stacks) {
      expect(result, name).toBe("succeeded");
      expect({ ...changes, same: 0 }, name).toEqual({ create: 0, update: 0, delete: 0, replace: 0, same: 0 });
      expect(changes["same"], name).toBeGreaterThan(5);
    }
    expect(await project.stateStore("rev-parse", "main")).toBe(commit);
  });
});
