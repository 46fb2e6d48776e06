import { describe, expect, it } from "vitest";
import { renderReport, renderWelcome } from "../../../local/render-report.ts";
import type { LocalReport } from "../../../local/status.ts";

const report: LocalReport = {
  problems: [],
  processes: [
    { name: "etcd", pid: 1, running: true, tail: [], log: "/demo/.local/logs/etcd.log" },
    { name: "nats-server", pid: 2, running: true, tail: [], log: "/demo/.local/logs/nats-server.log" },
  ],
  status: {
    environment: "local",
    clusters: [
      {
        name: "platform",
        role: "platform",
        server: "https://127.0.0.1:1",
        kubeconfig: "/demo/.local/kubeconfigs/platform.yaml",
      },
      {
        name: "workload-a",
        role: "workload",
        server: "https://127.0.0.1:2",
        kubeconfig: "/demo/.local/kubeconfigs/workload-a.yaml",
      },
    ],
    nats: { url: "nats://127.0.0.1:3" },
    synadia: { url: "http://127.0.0.1:4" },
    stateStore: { url: "http://127.0.0.1:5/state.git", path: "/demo/.local/state-store/state.git" },
    pulumi: {
      home: "/demo/.local/pulumi/home",
      backend: "file:///demo/.local/pulumi/backend",
      bin: "/cache/bin",
    },
    stacks: [{ name: "local.team.claims", resources: 12, result: "succeeded" }],
    applications: [{ name: "claims-intake-workload-a", sync: "Synced", health: "Healthy" }],
  },
};

describe("the closing lines of a start", () => {
  const text = renderWelcome(report.status, "/demo");

  it("say what runs where", () => {
    for (const { server } of report.status.clusters) expect(text).toContain(server);
    for (const { url } of [report.status.nats, report.status.synadia, report.status.stateStore])
      expect(text).toContain(url);
    expect(text).toMatch(/claims-intake-workload-a +Synced +Healthy/);
  });

  it("say what to try next, in lines that can be copied", () => {
    expect(text).toContain(
      "/cache/bin/kubectl --kubeconfig .local/kubeconfigs/platform.yaml --namespace argocd get applications",
    );
    expect(text).toContain("--kubeconfig .local/kubeconfigs/workload-a.yaml get deployments");
    expect(text).toContain('eval "$(npx haulway local env)"');
    expect(text).toContain("npm run local:down");
  });
});

describe("the status of an environment", () => {
  it("is short when everything runs", () => {
    const text = renderReport(report, "/demo");
    expect(text).toContain("2 of 2 processes run");
    expect(text).toMatch(/local\.team\.claims +12 resources +succeeded/);
    expect(text).not.toContain("npm start");
  });

  it("shows what has ended, why, and how to repair it", () => {
    const [etcd, nats] = report.processes;
    if (etcd === undefined || nats === undefined) throw new Error("two processes");
    const dead = { ...etcd, running: false, tail: ["panic: disk full"] };
    const text = renderReport(
      { ...report, processes: [dead, nats], problems: ["The Applications cannot be read: refused"] },
      "/demo",
    );
    expect(text).toContain("1 of 2 processes run");
    expect(text).toMatch(
      /etcd \(process 1\) has ended[\s\S]*panic: disk full[\s\S]*\.local\/logs\/etcd\.log[\s\S]*npm start/,
    );
    expect(text).toContain("The Applications cannot be read: refused");
  });
});
