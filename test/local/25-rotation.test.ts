import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { localVariables } from "../../local/variables.ts";
import { connects } from "../engine/support/login.ts";
import { type KubernetesClient, openClients } from "../proof/kubernetes-client.ts";
import { NatsLoad } from "../proof/load/nats-load.ts";
import { type Observer, openObserver } from "../proof/load/observer.ts";
import { Project, type Status } from "./support/sandbox.ts";

const project = new Project(inject("sandbox"));

let status: Status;
let clusters: ReadonlyMap<string, KubernetesClient>;
let observer: Observer;

beforeAll(async () => {
  status = await project.status();
  clusters = await openClients(status);
  observer = await openObserver(project.directory, await localVariables(project.directory));
});

afterAll(async () => {
  await observer.close();
  for (const cluster of clusters.values()) cluster.close();
});

async function rotate(user: string, how: string): Promise<void> {
  const { code, stdout, stderr } = await project.haulway("creds", "rotate", "local", user, how);
  expect(code, stdout + stderr).toBe(0);
}

describe("haulway creds rotate", () => {
  it("loses no message, refuses no client, and ends the old creds of those it names", async () => {
    const load = await NatsLoad.start(status.nats.url, clusters, observer);
    const { intakeOnA, intakeOnB, assessor, calculator } = load.clients;
    await rotate("claims/intake/publisher", "--edit-only");
    await rotate("claims/assessor/subscriber", "--yes");
    const result = await load.stop();

    expect(result.complaints).toEqual([]);
    expect(result.lost).toBe(0);
    expect(result.sent).toBeGreaterThan(1_000);
    expect(calculator.used).toHaveLength(1);
    for (const client of [intakeOnA, intakeOnB, assessor]) {
      const [before, after] = client.used;
      expect(client.used).toHaveLength(2);
      expect(await connects(status.nats.url, before?.creds ?? "")).toBe(false);
      expect(await connects(status.nats.url, after?.creds ?? "")).toBe(true);
    }
  });
});
