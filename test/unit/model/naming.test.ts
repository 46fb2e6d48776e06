import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  applicationFile,
  applicationName,
  clusterName,
  clusterRoleName,
  credentialFile,
  managementRoleName,
  NAME_PATTERN,
  natsInboxPrefix,
  natsSecretName,
  natsUserName,
  natsUserReference,
  parseStackName,
  projectName,
  repositoryName,
  type StackReference,
  secretsManagerName,
  stackName,
  stateStoreTeamDirectory,
  workloadDirectory,
  workloadRoleName,
} from "../../../model/naming.ts";
import { UserError } from "../../../model/user-error.ts";

const name = fc.stringMatching(NAME_PATTERN);
const stack: fc.Arbitrary<StackReference> = fc.oneof(
  fc.record({ environment: name, kind: fc.constant("platform" as const) }),
  fc.record({ environment: name, kind: fc.constantFrom("cluster" as const, "team" as const), name }),
);

describe("stack names", () => {
  it.each([
    ["dev", { environment: "dev", kind: "platform" }],
    ["local.cluster.workload-a", { environment: "local", kind: "cluster", name: "workload-a" }],
    ["local.team.claims", { environment: "local", kind: "team", name: "claims" }],
    ["team", { environment: "team", kind: "platform" }],
    ["dev.team.team", { environment: "dev", kind: "team", name: "team" }],
  ])("%s is understood", (text, reference) => {
    expect(parseStackName(text)).toEqual(reference);
  });

  it.each([
    "",
    "dev.",
    "dev.team",
    "dev.team.",
    "dev.teams.claims",
    "dev.team.a.b",
    "Dev",
    "dev.team.Claims",
    ".team.claims",
    "dev.platform",
    "acme/haulway/dev",
    "dev\n",
  ])("%j is refused", (text) => {
    expect(() => parseStackName(text)).toThrow(UserError);
  });

  it("are refused with the forms that exist and the way out", () => {
    expect(() => parseStackName("dev.teams.claims")).toThrow(
      'Stack "dev.teams.claims" is none of Haulway\'s: expected <environment>, <environment>.cluster.<cluster> or <environment>.team.<team>, such as "dev", "dev.cluster.workload-a" or "dev.team.claims". Select another one with: pulumi stack select <name>',
    );
  });

  it("are read back as what they were made of", () => {
    fc.assert(
      fc.property(stack, (reference) => {
        expect(parseStackName(stackName(reference))).toEqual(reference);
      }),
    );
  });

  it("are made again of what was read from them", () => {
    fc.assert(
      fc.property(stack, (reference) => {
        const text = stackName(reference);
        expect(stackName(parseStackName(text))).toBe(text);
      }),
    );
  });

  it("of different stacks differ", () => {
    fc.assert(
      fc.property(stack, stack, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        expect(stackName(one)).not.toBe(stackName(other));
      }),
    );
  });
});

describe("derived names", () => {
  it("follow the table", () => {
    expect({
      cluster: clusterName("dev", "workload-a"),
      repository: repositoryName("dev", "claims", "intake"),
      workloadRole: workloadRoleName("dev", "claims", "intake"),
      managementRole: managementRoleName("dev"),
      clusterRole: clusterRoleName("dev", "workload-a"),
      natsUser: natsUserName("dev", "claims", "intake", "publisher"),
      natsReference: natsUserReference("claims", "intake", "publisher"),
      natsInbox: natsInboxPrefix("dev", "claims", "intake", "publisher"),
      natsSecret: natsSecretName("intake", "publisher"),
      secretsManager: secretsManagerName("dev", "claims", "intake", "publisher"),
      credentialFile: credentialFile("claims", "intake", "workload-a", "publisher"),
      application: applicationName("claims", "intake", "workload-a"),
      project: projectName("claims"),
      teamDirectory: stateStoreTeamDirectory("claims"),
      applicationFile: applicationFile("claims", "intake", "workload-a"),
      workloadDirectory: workloadDirectory("claims", "intake", "workload-a"),
    }).toEqual({
      cluster: "dev-workload-a",
      repository: "dev/claims/intake",
      workloadRole: "dev-claims-intake",
      managementRole: "dev-argocd",
      clusterRole: "dev-workload-a-argocd",
      natsUser: "dev.claims.intake.publisher",
      natsReference: "claims/intake/publisher",
      natsInbox: "_INBOX.dev.claims.intake.publisher",
      natsSecret: "intake-nats-publisher",
      secretsManager: "haulway/dev/claims/intake/publisher",
      credentialFile: "systems/claims/workloads/intake/workload-a/nats-publisher.yaml",
      application: "claims-intake-workload-a",
      project: "team-claims",
      teamDirectory: "teams/claims",
      applicationFile: "systems/claims/applications/claims-intake-workload-a.yaml",
      workloadDirectory: "systems/claims/workloads/intake/workload-a",
    });
  });

  it("of NATS users tell their parts, so that no two users share one", () => {
    fc.assert(
      fc.property(name, name, name, name, (...parts) => {
        expect(natsUserName(...parts).split(".")).toEqual(parts);
      }),
    );
  });
});

describe("a name", () => {
  it.each(["a", "claims", "workload-a", "a1", "a".repeat(63)])("may be %s", (text) => {
    expect(text).toMatch(NAME_PATTERN);
  });

  it.each([
    "",
    "A",
    "1a",
    "-a",
    "a-",
    "a_b",
    "a.b",
    "ä",
    "a b",
    "a".repeat(64),
    "a\n",
  ])("may not be %j", (text) => {
    expect(text).not.toMatch(NAME_PATTERN);
  });
});
