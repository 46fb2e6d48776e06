import { describe, expect, it } from "vitest";
import { loadEnvironment, loadProject } from "../../../model/load.ts";
import {
  CLAIMS,
  DEV,
  edited,
  invalidInput,
  type ProjectFiles,
  projectDirectory,
} from "./support/project-directory.ts";

const QUOTING = CLAIMS.replaceAll("claims", "quoting");

function messageOf(files: ProjectFiles): string {
  const directory = projectDirectory({ "environments/dev.yaml": DEV, ...files });
  return invalidInput(() => loadProject(directory, "dev", { variables: {} })).message;
}

describe("checks across teams", () => {
  it("name both places of a system that two teams claim", () => {
    const message = messageOf({
      "teams/claims.yaml": CLAIMS,
      "teams/quoting.yaml": edited(QUOTING, "    - name: quoting", "    - name: claims"),
    });
    expect(message).toBe(
      'teams/quoting.yaml:9 spec.systems[0].name: system "claims" already belongs to team claims at teams/claims.yaml:9, expected another name: a system belongs to one team, once',
    );
  });

  it("find an IAM role that two systems would share", () => {
    const message = messageOf({
      "teams/claims.yaml": edited(CLAIMS, "name: intake", "name: mail-intake"),
      "teams/quoting.yaml": edited(QUOTING, "    - name: quoting", "    - name: claims-mail"),
    });
    expect(message.split("\n")).toEqual([
      'teams/quoting.yaml:11 spec.systems[0].workloads[0].name: makes the Argo CD Application "claims-mail-intake-workload-a", which teams/claims.yaml:11 makes too, expected names that stay different when joined by hyphens',
      'teams/quoting.yaml:11 spec.systems[0].workloads[0].name: makes the IAM role "dev-claims-mail-intake", which teams/claims.yaml:11 makes too, expected names that stay different when joined by hyphens',
    ]);
  });

  it("find a workload whose IAM role would be that of Argo CD", () => {
    const text = edited(
      edited(CLAIMS, "    - name: claims", "    - name: workload-a"),
      "name: intake",
      "name: argocd",
    );
    expect(messageOf({ "teams/claims.yaml": text })).toBe(
      'teams/claims.yaml:11 spec.systems[0].workloads[0].name: makes the IAM role "dev-workload-a-argocd", which environments/dev.yaml:38 makes too, expected names that stay different when joined by hyphens',
    );
  });

  it("find a system whose Application would be that of a workload", () => {
    const message = messageOf({
      "teams/claims.yaml": CLAIMS,
      "teams/quoting.yaml": edited(QUOTING, "    - name: quoting", "    - name: claims-intake-workload-a"),
    });
    expect(message).toBe(
      'teams/claims.yaml:11 spec.systems[0].workloads[0].name: makes the Argo CD Application "claims-intake-workload-a", which teams/quoting.yaml:9 makes too, expected names that stay different when joined by hyphens',
    );
  });

  it("find a Secret that the NATS users of two workloads would share", () => {
    const second = `        - name: intake-nats-publisher
          image: { tag: 1.0.0 }
          placement: { clusters: [workload-a] }
          port: 80
          replicas: { min: 1 }
          nats: { users: [{ name: b, publish: [claims.a] }] }
`;
    const text = edited(CLAIMS, "name: publisher", "name: publisher-nats-b");
    expect(messageOf({ "teams/claims.yaml": text + second })).toBe(
      'teams/claims.yaml:33 spec.systems[0].workloads[1].nats.users[0].name: makes in namespace claims the Secret "intake-nats-publisher-nats-b", which teams/claims.yaml:22 makes too, expected names that stay different when joined by hyphens',
    );
  });

  it("find users whose creds would be delivered to two clusters by one resource", () => {
    const user = "              - name: publisher\n";
    const text = edited(
      CLAIMS,
      user,
      `              - name: publisher-workload\n                publish: [claims.a]\n${user}`,
    );
    const message = messageOf({
      "environments/dev.yaml": edited(DEV, "name: workload-b", "name: a"),
      "teams/claims.yaml": text,
    });
    expect(message).toBe(
      'teams/claims.yaml:24 spec.systems[0].workloads[0].nats.users[1].name: makes in the stack of team claims the delivery of creds "claims-intake-publisher-workload-a", which teams/claims.yaml:22 makes too, expected names that stay different when joined by hyphens',
    );
  });

  it("find NATS users of two workloads that would be one resource in the team's stack", () => {
    const second = `        - name: intake-worker
          image: { tag: 1.0.0 }
          placement: { clusters: [workload-a] }
          port: 80
          replicas: { min: 1 }
          nats: { users: [{ name: publisher, publish: [claims.a] }] }
`;
    const text = edited(CLAIMS, "name: publisher", "name: worker-publisher");
    expect(messageOf({ "teams/claims.yaml": text + second })).toBe(
      'teams/claims.yaml:33 spec.systems[0].workloads[1].nats.users[0].name: makes in the stack of team claims the NATS user "claims-intake-worker-publisher", which teams/claims.yaml:22 makes too, expected names that stay different when joined by hyphens',
    );
  });
});

describe("checks of teams against an environment", () => {
  const unknown = edited(CLAIMS, "clusterLabels:\n              tier: general", "clusters: [workload-c]");

  it("say so when there is no workload cluster at all", () => {
    const none = `${DEV.slice(0, DEV.indexOf("  workloadClusters:"))}  workloadClusters: []\n`;
    expect(messageOf({ "environments/dev.yaml": none, "teams/claims.yaml": unknown })).toBe(
      'teams/claims.yaml:15 spec.systems[0].workloads[0].placement.clusters[0]: environment dev has no workload cluster "workload-c", expected a workload cluster, of which there is none',
    );
  });

  it("draw no conclusions from clusters whose names are wrong themselves", () => {
    const message = messageOf({
      "environments/dev.yaml": edited(DEV, "name: workload-b", "name: Workload-C"),
      "teams/claims.yaml": unknown,
    });
    expect(message.split("\n")).toHaveLength(1);
    expect(message).toContain("environments/dev.yaml:50 spec.workloadClusters[1].name");
  });

  it("draw no conclusions from an environment that does not parse", () => {
    const message = messageOf({ "environments/dev.yaml": "spec: [", "teams/claims.yaml": unknown });
    expect(message.split("\n")).toHaveLength(1);
    expect(message).toContain("environments/dev.yaml:1");
  });
});

describe("checks across environments", () => {
  it.each([
    ["the same URL", "https://git.example.com/state.git"],
    ["the same repository by another spelling", "https://GIT.example.com/state/"],
  ])("refuse a state store that another environment commits to: %s", (_case, url) => {
    const prod = edited(edited(DEV, "name: dev", "name: prod"), "https://git.example.com/state.git", url);
    const directory = projectDirectory({ "environments/dev.yaml": DEV, "environments/prod.yaml": prod });
    expect(invalidInput(() => loadEnvironment(directory, "prod", { variables: {} })).message).toBe(
      "environments/prod.yaml:14 spec.stateStore.url: is the state store of environment dev too, with the same branch, at environments/dev.yaml:14, expected a repository or a branch of its own",
    );
  });

  it("accept another branch of one repository, and neighbours that are broken or wait for variables", () => {
    const prod = edited(edited(DEV, "name: dev", "name: prod"), "branch: main", "branch: prod");
    const directory = projectDirectory({
      "environments/dev.yaml": DEV,
      "environments/prod.yaml": prod,
      "environments/broken.yaml": "spec: [",
      "environments/later.yaml": edited(DEV, "https://git.example.com/state.git", `\${LATER}`),
    });
    expect(loadEnvironment(directory, "prod", { variables: {} }).stateStore.branch).toBe("prod");
  });
});
