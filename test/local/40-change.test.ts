import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { Project } from "./support/sandbox.ts";

const project = new Project(inject("sandbox"));
const file = join(project.directory, "teams/claims.yaml");

interface Named {
  readonly metadata: { name: string; uid: string; resourceVersion: string; generation?: number };
}
interface Deployment extends Named {
  readonly metadata: Named["metadata"] & { annotations: Record<string, string> };
  readonly spec: { template: { spec: { containers: { image: string }[] } } };
}

const deployment = (name: string) =>
  project.get<Deployment>("workload-a", "deployment", name, "--namespace", "claims");
const secret = () =>
  project.get<Named>("workload-a", "secret", "intake-nats-publisher", "--namespace", "claims");
const revision = (of: Deployment) => Number(of.metadata.annotations["deployment.kubernetes.io/revision"]);

describe("a new image tag in a team's manifest", () => {
  it("is one commit, one rollout, and leaves the creds alone", async () => {
    const before = {
      commits: Number(await project.stateStore("rev-list", "--count", "main")),
      intake: await deployment("intake"),
      assessor: await deployment("assessor"),
      secret: await secret(),
    };
    const manifest = await readFile(file, "utf8");
    const tag = /name: intake[\s\S]*?tag: (\S+)/.exec(manifest)?.[1] ?? "";
    expect(tag).not.toBe("");
    await writeFile(file, manifest.replace(/(name: intake[\s\S]*?tag: )\S+/, "$19.9.9"));

    const preview = await project.haulway("preview", "local", "--team", "claims", "--json");
    expect(preview.code, preview.stderr).toBe(0);
    expect(JSON.parse(preview.stdout)).toMatchObject({
      stacks: [{ name: "local.team.claims", changes: { create: 0, update: 1, delete: 0, replace: 0 } }],
    });
    expect(Number(await project.stateStore("rev-list", "--count", "main"))).toBe(before.commits);

    const up = await project.haulway("up", "local", "--team", "claims");
    expect(up.code, up.stdout + up.stderr).toBe(0);

    expect(Number(await project.stateStore("rev-list", "--count", "main"))).toBe(before.commits + 1);
    const changed = (await project.stateStore("diff", "--name-only", "main~1", "main")).split("\n");
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.every((path) => path.includes("/workloads/intake/"))).toBe(true);

    const intake = await deployment("intake");
    expect(intake.spec.template.spec.containers[0]?.image).toMatch(/:9\.9\.9$/);
    expect(revision(intake)).toBe(revision(before.intake) + 1);
    expect(revision(await deployment("assessor"))).toBe(revision(before.assessor));
    expect((await secret()).metadata).toEqual(before.secret.metadata);
  });

  it("undoes what somebody changes by hand", async () => {
    await project.kubectl(
      "workload-a",
      "--namespace",
      "claims",
      "scale",
      "deployment/intake",
      "--replicas=5",
    );
    await expect
      .poll(
        async () =>
          await project.kubectl(
            "workload-a",
            "--namespace",
            "claims",
            "get",
            "deployment/intake",
            "-o",
            "jsonpath={.spec.replicas}",
          ),
        {
          timeout: 120_000,
          interval: 1_000,
        },
      )
      .not.toBe("5");
  });
});
