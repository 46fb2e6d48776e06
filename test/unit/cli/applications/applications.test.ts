import { describe, expect, it } from "vitest";
import {
  type Application,
  applicationStatus,
  isCurrent,
  isSettled,
  REFRESH_ANNOTATION,
} from "../../../../cli/applications/application.ts";
import {
  type Applications,
  waitForApplications,
} from "../../../../cli/applications/wait-for-applications.ts";

const source = { repoURL: "http://127.0.0.1/state.git", path: "a", targetRevision: "main" };

function application(status: Application["status"], annotations: Record<string, string> = {}): Application {
  return { metadata: { name: "a", annotations }, spec: { source }, status };
}

const good: Application["status"] = {
  sync: { status: "Synced", comparedTo: { source } },
  health: { status: "Healthy" },
  reconciledAt: "2026-01-01T00:00:10Z",
};

describe("applicationStatus", () => {
  it.each([
    [undefined, { sync: "Unknown", health: "Missing", message: "Argo CD has not created it yet" }],
    [application(undefined), { sync: "Unknown", health: "Unknown" }],
    [application(good), { sync: "Synced", health: "Healthy" }],
    [
      application({
        sync: { status: "OutOfSync" },
        health: { status: "Degraded", message: "no pods" },
        operationState: { phase: "Failed", message: "forbidden" },
        conditions: [{ type: "ComparisonError", message: "no such path" }],
      }),
      { sync: "OutOfSync", health: "Degraded", message: "ComparisonError: no such path; forbidden; no pods" },
    ],
  ])("%o", (input, status) => {
    expect(applicationStatus("a", input)).toEqual({ name: "a", ...status });
  });

  it("settles only when Synced and Healthy", () => {
    expect(isSettled({ name: "a", sync: "Synced", health: "Healthy" })).toBe(true);
    expect(isSettled({ name: "a", sync: "Synced", health: "Progressing" })).toBe(false);
    expect(isSettled({ name: "a", sync: "OutOfSync", health: "Healthy" })).toBe(false);
  });
});

describe("isCurrent", () => {
  it.each<[string, Application, boolean]>([
    ["nothing is going on", application(good), true],
    ["the refresh has not happened yet", application(good, { [REFRESH_ANNOTATION]: "normal" }), false],
    ["a synchronisation runs", application({ ...good, operationState: { phase: "Running" } }), false],
    [
      "the status compares an older spec",
      application({
        ...good,
        sync: { status: "Synced", comparedTo: { source: { ...source, path: "old" } } },
      }),
      false,
    ],
    [
      "the status leaves out what is empty",
      { ...application(good), spec: { source: { ...source, directory: { recurse: false, jsonnet: {} } } } },
      true,
    ],
    [
      "a synchronisation ended after the last look",
      application({ ...good, operationState: { phase: "Succeeded", finishedAt: "2026-01-01T00:00:11Z" } }),
      false,
    ],
    [
      "the last look came after the synchronisation",
      application({ ...good, operationState: { phase: "Succeeded", finishedAt: "2026-01-01T00:00:09Z" } }),
      true,
    ],
  ])("%s", (_, input, current) => {
    expect(isCurrent(input)).toBe(current);
  });
});

/** Answers each look with the next of `looks`, then the last one again; the clock advances a second per look. */
function scripted(looks: readonly (Readonly<Record<string, Application>> | Error)[]) {
  let look = 0;
  const refreshed: string[] = [];
  const applications: Applications = {
    list: () => {
      const answer = looks[Math.min(look, looks.length - 1)] ?? {};
      look += 1;
      return answer instanceof Error
        ? Promise.reject(answer)
        : Promise.resolve(new Map(Object.entries(answer)));
    },
    refresh: (name) => {
      refreshed.push(name);
      return Promise.resolve();
    },
  };
  return { applications, refreshed, looks: () => look, now: () => look * 1000 };
}

describe("waitForApplications", () => {
  const options = { names: ["a", "b"], interval: 0, onProgress: () => undefined };

  it("refreshes each once, and trusts nothing before that", async () => {
    const both = { a: application(good), b: application(good) };
    const script = scripted([{}, { a: application(good) }, both, both]);
    const statuses = await waitForApplications({ ...options, ...script, timeoutSeconds: 60 });
    expect(statuses.every(isSettled)).toBe(true);
    expect(script.refreshed).toEqual(["a", "b"]);
    expect(script.looks()).toBe(4);
  });

  it("gives back how they stand when the time is over", async () => {
    const script = scripted([
      { a: application(good), b: application({ ...good, health: { status: "Degraded" } }) },
    ]);
    const statuses = await waitForApplications({ ...options, ...script, timeoutSeconds: 5 });
    expect(statuses).toMatchObject([{ health: "Healthy" }, { name: "b", health: "Degraded" }]);
    expect(script.looks()).toBe(5);
  });

  it("outlasts an API server that is silent for a while, not one that stays silent", async () => {
    const both = { a: application(good), b: application(good) };
    const short = scripted([new Error("refused"), new Error("refused"), both, both]);
    expect((await waitForApplications({ ...options, ...short, timeoutSeconds: 60 })).every(isSettled)).toBe(
      true,
    );
    const long = scripted([new Error("refused")]);
    await expect(waitForApplications({ ...options, ...long, timeoutSeconds: 300 })).rejects.toThrow(
      "refused",
    );
    expect(long.looks()).toBe(30);
  });

  it("ends when it is interrupted", async () => {
    const script = scripted([{}]);
    const signal = AbortSignal.abort();
    const statuses = await waitForApplications({ ...options, ...script, timeoutSeconds: 60, signal });
    expect(statuses.map((status) => status.health)).toEqual(["Missing", "Missing"]);
  });
});
