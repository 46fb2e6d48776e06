import { describe, expect, inject, it } from "vitest";
import { Project } from "./support/sandbox.ts";

const project = new Project(inject("sandbox"));

describe("the plain Pulumi CLI, in the shell that `haulway local env` prepares", () => {
  it.each([
    "local",
    "local.cluster.workload-a",
    "local.team.claims",
  ])("previews %s without a change", async (stack) => {
    const outcome = await project.shell(
      `pulumi preview --stack ${stack} --non-interactive --expect-no-changes`,
    );
    expect(outcome.code, outcome.stdout + outcome.stderr).toBe(0);
    expect(outcome.stdout).toMatch(/\d+ unchanged/);
  });

  it("updates a team's stack", async () => {
    const outcome = await project.shell(
      "pulumi up --stack local.team.claims --yes --non-interactive --skip-preview",
    );
    expect(outcome.code, outcome.stdout + outcome.stderr).toBe(0);
    expect(outcome.stdout).toMatch(/Resources:\s+\d+ unchanged/);
  });

  it("ends with the message alone when the stack's name says nothing", async () => {
    const outcome = await project.shell(
      "pulumi stack init local.teem.claims && pulumi preview --stack local.teem.claims --non-interactive",
    );
    await project.shell("pulumi stack rm local.teem.claims --yes");
    expect(outcome.code).not.toBe(0);
    expect(outcome.stdout + outcome.stderr).toContain("local.teem.claims");
    expect(outcome.stdout + outcome.stderr).not.toMatch(/^\s+at .*\.ts:\d+/m);
  });
});
