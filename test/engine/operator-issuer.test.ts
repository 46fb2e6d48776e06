import { createOperator } from "@nats-io/nkeys";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestProject } from "./support/engine.ts";
import { seedOf, TestOperator } from "./support/nats-operator.ts";
import { natsUserScenario, type TestIssuer } from "./support/nats-user-scenario.ts";
import { operatorTestIssuer } from "./support/test-issuers.ts";

let operator: TestOperator;
let issuer: TestIssuer;

beforeAll(async () => {
  operator = await TestOperator.start();
  issuer = await operatorTestIssuer(operator);
});

afterAll(() => operator.close());

describe("with a self-hosted server", () => natsUserScenario(() => issuer));

/** A program with one user. */
function declare(project: TestProject, publish: readonly string[]): Promise<void> {
  return project.write(`
    import { NatsUser } from ${JSON.stringify(project.from("components/nats/nats-user.ts"))};
    new NatsUser("publisher", {
      user: "claims/intake/publisher",
      name: "test.claims.intake.publisher",
      environment: "test",
      issuer: ${JSON.stringify(operator.inputs())},
      publish: ${JSON.stringify(publish)},
      subscribe: [],
      respond: false,
      inbox: "_INBOX.x",
      expires: 0,
      rotation: { every: 0, overlap: 60, epoch: "0.0" },
      consumers: [],
    });
  `);
}

describe("a user of a self-hosted server", () => {
  it("with a wrong key is refused in the preview, with the setting's name and nothing of the key", async () => {
    const wrong = seedOf(createOperator());
    const project = await TestProject.create(await operator.environment({ operatorKey: wrong }));
    await declare(project, ["claims.>"]);
    const { jti } = await operator.claims();
    const { exitCode, output } = await project.run("preview");

    expect(exitCode).not.toBe(0);
    expect(output).toContain("nats.operator.operatorKeyFrom (NATS_OPERATOR_KEY)");
    expect(output).not.toContain(wrong);
    expect(output).not.toMatch(/^\s+at /m);
    expect((await operator.claims()).jti).toBe(jti);
    await project.close();
  });

  it("stays as it is while the servers are gone, and says so when they are needed", async () => {
    const project = await TestProject.create(await operator.environment());
    await declare(project, ["claims.>"]);
    expect((await project.run("up")).changes).toEqual({ create: 1 });
    await operator.stopServers();
    expect((await project.run("up")).changes).toEqual({ same: 1 });
    await declare(project, ["claims.events.>"]);
    for (const command of ["preview", "refresh", "destroy"] as const) {
      const { exitCode, output } = await project.run(command);
      expect(exitCode).not.toBe(0);
      expect(output).toContain("No NATS server answers at nats.servers");
    }
    await operator.startServers();
    expect((await project.run("up")).changes).toEqual({ update: 1 });
    expect((await project.run("destroy")).exitCode).toBe(0);
    await project.close();
  });
});
