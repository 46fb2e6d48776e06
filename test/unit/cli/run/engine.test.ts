import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changedResources, countChanges, describeChanges, noChanges } from "../../../../cli/run/changes.ts";
import { errorsInOutput, readableErrors } from "../../../../cli/run/diagnostics.ts";
import { advance, describeProgress, engineStart } from "../../../../cli/run/engine-progress.ts";
import { describeLock, isAbandoned, isLocked, lockHolders } from "../../../../cli/run/stack-lock.ts";
import { describeResource } from "../../../../cli/run/urn.ts";

const urn = "urn:pulumi:dev::haulway::haulway:nats:User$kubernetes:core/v1:Namespace::claims";
const stackUrn = "urn:pulumi:dev::haulway::pulumi:pulumi:Stack::haulway-dev";

/** An event as the engine sends it; only the parts that are read. */
function event(parts: object): EngineEvent {
  return { sequence: 1, timestamp: 1, ...parts };
}

function finding(enforcementLevel: string, message: string): EngineEvent {
  return event({ policyEvent: { resourceUrn: urn, message, enforcementLevel, color: "never" } });
}

describe("countChanges", () => {
  it.each([
    [{ same: 3 }, { same: 3 }, "0 changes"],
    [
      { create: 2, import: 1, update: 1, delete: 4, same: 1 },
      { create: 3, update: 1, delete: 4, same: 1 },
      "3 created, 1 updated, 4 deleted",
    ],
    [{ replace: 1, "create-replacement": 1, "delete-replaced": 1 }, { replace: 1 }, "1 replaced"],
    [{ read: 5, refresh: 2 }, {}, "0 changes"],
  ])("%o", (operations, changes, text) => {
    expect(countChanges(operations)).toEqual({ ...noChanges, ...changes });
    expect(describeChanges(countChanges(operations), false)).toBe(text);
  });

  it("says what would be, for a preview", () => {
    expect(describeChanges({ ...noChanges, create: 1, replace: 2 }, true)).toBe("1 to create, 2 to replace");
  });

  it("calls nothing but unchanged resources 0 changes", () => {
    const counts = fc.record({
      create: fc.nat(),
      update: fc.nat(),
      delete: fc.nat(),
      replace: fc.nat(),
      same: fc.nat(),
    });
    fc.assert(
      fc.property(counts, (changes) => {
        expect(describeChanges(changes, false) === "0 changes").toBe(changedResources(changes) === 0);
      }),
    );
  });
});

describe("describeResource", () => {
  it.each([
    [urn, "Namespace claims"],
    ["urn:pulumi:dev::haulway::aws:ecr/repository:Repository::a::b", "Repository a::b"],
    ["not a urn", "not a urn"],
  ])("%s", (input, text) => {
    expect(describeResource(input)).toBe(text);
  });
});

describe("readableErrors", () => {
  it("strips what the engine and the runtime put around the cause", () => {
    const message = [
      "\u001b[31mRunning program '/p/index.ts' failed with an unhandled exception:",
      "Error: bad thing",
      "in two lines",
      "    at file:///p/index.ts:1:468",
      "    at ModuleJob.run (node:internal/modules/esm/module_job:325:25)",
      "    at async Object.init (/p/node_modules/x.js:1:2) {",
      "",
    ].join("\n");
    expect(readableErrors([{ urn: stackUrn, message }, { message: "update failed\n" }])).toEqual([
      "bad thing\nin two lines",
    ]);
  });

  it("names the resource", () => {
    expect(readableErrors([{ urn, message: "error: quota\n" }])).toEqual(["Namespace claims: quota"]);
  });

  it("keeps the engine's own words where there are no others", () => {
    expect(readableErrors([{ message: "update canceled\n" }])).toEqual(["update canceled"]);
  });

  it("shows each error once, and no wall of text", () => {
    const many = Array.from({ length: 9 }, (_, index) => ({ message: `cause ${index % 7}` }));
    const errors = readableErrors(many);
    expect(errors).toHaveLength(6);
    expect(errors.at(-1)).toBe("and 2 more errors");
    const [long = ""] = readableErrors([
      { message: Array.from({ length: 50 }, (_, line) => `line ${line}`).join("\n") },
    ]);
    expect(long.split("\n")).toHaveLength(13);
    expect(long).toContain("(38 more lines)");
  });

  it("finds the error in the output of a command", () => {
    const output = "warning: old\nerror: could not create secrets manager: no credentials\n";
    expect(errorsInOutput(output)).toEqual(["could not create secrets manager: no credentials"]);
    expect(errorsInOutput("something else\n")).toEqual(["something else"]);
    expect(errorsInOutput("")).toEqual([]);
  });
});

describe("advance", () => {
  it("counts what the policy pack refuses as an error of the resource, and passes over what it advises", () => {
    const { errors, information } = [
      finding("mandatory", "Tags never move.\nimageTagMutability: is not set\n"),
      finding("warning", "Worth a second look.\ndeletionProtection: is false\n"),
    ].reduce(advance, engineStart);
    expect(readableErrors(errors)).toEqual([
      "Namespace claims: Tags never move.\nimageTagMutability: is not set",
    ]);
    expect(information).toEqual([]);
  });

  it("follows the engine from resource to resource to the summary", () => {
    const metadata = { op: "create", urn };
    const events = [
      event({ resourcePreEvent: { metadata: { op: "same", urn: stackUrn } } }),
      event({ resOutputsEvent: { metadata: { op: "same", urn: stackUrn } } }),
      event({ resourcePreEvent: { metadata } }),
      event({ diagnosticEvent: { severity: "error", urn, message: "quota" } }),
      event({ resOpFailedEvent: { metadata } }),
    ];
    const progress = events.reduce(advance, engineStart);
    expect(describeProgress(engineStart)).toBe("");
    expect(describeProgress(progress)).toBe("creating Namespace claims, 2 done");
    expect(progress.errors).toEqual([{ urn, message: "quota" }]);
    const ended = advance(progress, event({ summaryEvent: { resourceChanges: { create: 1, same: 1 } } }));
    expect(ended.changes).toEqual({ ...noChanges, create: 1, same: 1 });
  });

  it("keeps nothing of debug and informational messages, which may hold a secret", () => {
    for (const severity of ["debug", "info", "info#err", "warning"]) {
      const progress = advance(
        engineStart,
        event({ diagnosticEvent: { severity, message: "token hunter2" } }),
      );
      expect(JSON.stringify(progress)).not.toContain("hunter2");
    }
  });

  it("keeps what a provider tells of a NATS user, each line once and without what looks like a secret", () => {
    const seed = `SU${"A".repeat(56)}`;
    const line = "rotate claims/intake/publisher: window opened 2026-11-01 (every 90d)";
    const told = (message: string) => event({ diagnosticEvent: { severity: "info", message } });
    const progress = [
      told(`${line}\n\n`),
      told(`\u001b[0m${line}\u001b[0m\n`),
      told(`retire claims/intake/publisher: ${seed} and eyJhbGciOiJ.eyJzdWIiOiJ.c2ln are void\nhunter2`),
      event({ diagnosticEvent: { severity: "debug", message: line.replace("publisher", "other") } }),
    ].reduce(advance, engineStart);
    expect(progress.information).toEqual([
      line,
      "retire claims/intake/publisher: [redacted] and [redacted] are void",
    ]);
  });

  it("shows what a provider is waiting for as what is being done", () => {
    const message =
      "retire: waiting for roll-outs (15 of at most 300 s): Deployment claims/intake on a has not rolled";
    const progress = advance(engineStart, event({ diagnosticEvent: { severity: "info", message } }));
    expect(describeProgress(progress)).toBe(message.replace("retire: ", ""));
    expect(progress.information).toEqual([]);
  });

  it("notices operations that an earlier run was killed in", () => {
    const message = `Attempting to deploy or update resources with 1 pending operations from previous deployment.
  * ${urn}, interrupted while creating
These resources are in an unknown state`;
    const progress = advance(engineStart, event({ diagnosticEvent: { severity: "warning", message } }));
    expect(progress.interrupted).toEqual(["creating Namespace claims"]);
  });
});

describe("a stack's lock", () => {
  const output = `error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  file:///b/.pulumi/locks/organization/haulway/t/0.json: created by root@vm (pid 10478) at 2026-11-20T21:51:25Z`;
  const [holder] = lockHolders(output);

  it("is recognised, with its holder", () => {
    expect(isLocked(output)).toBe(true);
    expect(isLocked("[409] Conflict: Another update is currently in progress.")).toBe(true);
    expect(isLocked("error: quota")).toBe(false);
    expect(holder).toEqual({ user: "root", host: "vm", pid: 10478, since: "2026-11-20T21:51:25Z" });
    expect(describeLock("t", lockHolders(output))).toBe(
      "another run has the stack: root@vm (pid 10478) since 2026-11-20T21:51:25Z.\n" +
        "Wait until it ends. If it is gone for good: pulumi cancel --stack t",
    );
  });

  it.each([
    ["vm", false, true],
    ["vm", true, false],
    ["other", false, false],
  ])("on %s with the process alive: %s is abandoned: %s", (host, alive, abandoned) => {
    expect(isAbandoned(lockHolders(output), host, () => alive)).toBe(abandoned);
  });

  it("is never taken for abandoned where the holder is unknown", () => {
    expect(isAbandoned([], "vm", () => false)).toBe(false);
  });
});
