import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { Application } from "../../../../cli/applications/application.ts";
import { type SettleOptions, settleApplications } from "../../../../cli/run/settle-applications.ts";
import type { StackOutputs } from "../../../../cli/run/stack-runner.ts";
import { createTaskList } from "../../../../cli/terminal/task-list.ts";
import { fakeStackRunner } from "../support/fake-stack-runner.ts";

const kubeconfig = "users: [{ user: { token: hunter2 } }]";
const platform: StackOutputs = {
  cluster: {
    secret: true,
    value: {
      name: "dev-platform",
      arn: "arn:aws:eks:eu-central-1:123456789012:cluster/dev-platform",
      endpoint: "https://127.0.0.1:1",
      certificateAuthority: "Y2E=",
      kubeconfig,
    },
  },
  argocd: {
    secret: false,
    value: { namespace: "argocd", managementRoleArn: "arn:aws:iam::123456789012:role/x" },
  },
  network: { secret: false, value: { vpcId: "vpc-1" } },
};
const team = (...names: string[]): StackOutputs => ({ applications: { secret: false, value: names } });
const healthy: Application = {
  metadata: { name: "any" },
  status: { sync: { status: "Synced" }, health: { status: "Healthy" } },
};

/** Settles the Applications of a run that deployed `outputs`, on a platform cluster that has `found`. */
async function settle(
  outputs: Record<string, StackOutputs>,
  more: Partial<SettleOptions> & { found?: string[] } = {},
) {
  let text = "";
  const opened: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  }) as unknown as NodeJS.WriteStream;
  const statuses = await settleApplications({
    outputs: new Map(Object.entries(outputs)),
    environment: "dev",
    runner: fakeStackRunner({ stacks: new Map(), outputs: { dev: platform } }).runner,
    tasks: createTaskList({ stream, interactive: false }),
    timeoutSeconds: 60,
    open: (config, namespace) => {
      opened.push(`${config} ${namespace}`);
      const found = new Map((more.found ?? []).map((name) => [name, healthy]));
      return Promise.resolve({ list: () => Promise.resolve(found), refresh: () => Promise.resolve() });
    },
    ...more,
  });
  return { statuses, text, opened };
}

describe("settleApplications", () => {
  it("waits for the Applications of every team that was deployed, on the platform cluster", async () => {
    const outputs = {
      "dev.team.b": team("b-api"),
      "dev.team.a": team("a-api"),
      "dev.cluster.x": team("not-mine"),
    };
    const { statuses, text, opened } = await settle(outputs, { found: ["a-api", "b-api"] });
    expect(statuses.map(({ name, sync, health }) => `${name} ${sync} ${health}`)).toEqual([
      "a-api Synced Healthy",
      "b-api Synced Healthy",
    ]);
    expect(opened).toEqual([`${kubeconfig} argocd`]);
    expect(text).toContain("2 Synced and Healthy");
  });

  it("asks no cluster where there is nothing to wait for, or waiting is not wanted", async () => {
    const none = await settle({ dev: platform });
    const unwanted = await settle({ "dev.team.a": team("a-api") }, { timeoutSeconds: 0 });
    const interrupted = await settle({ "dev.team.a": team("a-api") }, { signal: AbortSignal.abort() });
    for (const { statuses, opened } of [none, unwanted, interrupted]) {
      expect({ statuses, opened }).toEqual({ statuses: [], opened: [] });
    }
  });

  it("reports an unreadable platform cluster as Applications that are not known, without the kubeconfig", async () => {
    const { statuses, text } = await settle(
      { "dev.team.a": team("a-api") },
      { open: () => Promise.reject(new Error("connect ECONNREFUSED")) },
    );
    expect(statuses).toEqual([
      { name: "a-api", sync: "Unknown", health: "Unknown", message: "connect ECONNREFUSED" },
    ]);
    expect(text).toContain("cannot read them from the platform cluster: connect ECONNREFUSED");
  });

  it("shows nothing of outputs that are not what they should be", async () => {
    const broken = { ...platform, argocd: { secret: true, value: "hunter2" } };
    const { statuses, text } = await settle({ dev: broken, "dev.team.a": team("a-api") });
    expect(statuses).toMatchObject([{ name: "a-api", sync: "Unknown" }]);
    expect(text + JSON.stringify(statuses)).not.toContain("hunter2");
    expect(text).toContain("the outputs of dev are not those of a platform stack");
  });
});
