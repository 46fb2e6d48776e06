import { describe, expect, it } from "vitest";
import {
  type CrashPoint,
  crashPoints,
  describePoint,
  faultOf,
  isKill,
  isOptional,
  type Recording,
  sampleOf,
} from "../../engine/support/crash/crash-point.ts";

const RECORDING: Recording = {
  calls: {
    synadia: { createUser: 1, getAccount: 2 },
    kubernetes: { "PATCH secrets": 1 },
    git: { "GET info/refs git-upload-pack": 1, "POST git-receive-pack": 1 },
  },
  checkpoints: [{ afterCalls: false }, { afterCalls: true }, { afterCalls: false }],
  events: [
    { moment: "before", operation: "create", type: "NatsUser" },
    { moment: "after", operation: "create", type: "NatsUser" },
  ],
};

const points = crashPoints(RECORDING);

/** How many points there are of a call. */
function count(operation: string): number {
  return points.filter((point) => point.kind === "call" && point.call.operation === operation).length;
}

/** The ways to break the creation of the user that are among the points. */
function ways(chosen: readonly CrashPoint[]): string[] {
  return chosen.flatMap((point) =>
    point.kind === "call" && point.call.operation === "createUser" ? [point.breakage] : [],
  );
}

describe("the points at which a run can be broken", () => {
  it.each([
    ["a change at the issuer, in every way", "createUser", 8],
    ["each of two questions to the issuer, in the ways that differ", "getAccount", 10],
    ["a change in the cluster", "PATCH secrets", 4],
    ["a commit", "POST git-receive-pack", 4],
    ["a question to the state store", "GET info/refs git-upload-pack", 1],
  ])("are %s", (_, operation, expected) => {
    expect(count(operation)).toBe(expected);
  });

  it("are before and after each checkpoint, once where nothing was called in between", () => {
    const checkpoints = points.filter((point) => point.kind === "checkpoint");
    expect(checkpoints.map(({ nth, stored }) => `${nth} ${stored}`)).toEqual([
      "1 false",
      "1 true",
      "2 false",
      "2 true",
      "3 true",
    ]);
  });

  it("are each event of a resource", () => {
    expect(points.filter(({ kind }) => kind === "event").map(describePoint)).toEqual([
      "event #1: SIGKILL before create of NatsUser",
      "event #2: SIGKILL after create of NatsUser",
    ]);
  });
});

describe("a sample of the points", () => {
  it("holds every operation once, in different ways", () => {
    const sample = sampleOf(points, 0).filter((point) => point.kind === "call");
    expect(sample.map(({ call }) => `${call.service} ${call.operation} #${call.nth}`)).toEqual([
      "synadia createUser #1",
      "synadia getAccount #1",
      "kubernetes PATCH secrets #1",
      "git GET info/refs git-upload-pack #1",
      "git POST git-receive-pack #1",
    ]);
    expect(new Set(sample.map(({ breakage }) => breakage)).size).toBe(3);
  });

  it("comes to every way when it is taken in turns", () => {
    const turns = Array.from({ length: 8 }, (_, turn) => ways(sampleOf(points, turn))).flat();
    expect(turns.toSorted()).toEqual(ways(points).toSorted());
  });
});

describe("a point", () => {
  const call = { service: "synadia", operation: "createUser", nth: 3 } as const;

  it.each([
    ["SIGKILL when the call arrives", "hang", true],
    ["SIGKILL when it is done", "act-then-hang", true],
    ["429", "status", false],
    ["500", "status", false],
    ["500 when it is done", "act-then-status", false],
    ["no answer when it is done", "act-then-hang", false],
    ["broken connection", "disconnect", false],
    ["broken connection when it is done", "act-then-disconnect", false],
  ] as const)("%s is the fault %s at that very call", (breakage, kind, kill) => {
    expect(faultOf(call, breakage)).toMatchObject({ operation: "createUser", kind, skip: 2 });
    expect(isKill({ kind: "call", call, breakage })).toBe(kill);
  });

  it.each([
    [1, false],
    [2, true],
  ])("at call #%d may be missed: %j", (nth, optional) => {
    expect(isOptional({ kind: "call", call: { ...call, nth }, breakage: "500" })).toBe(optional);
  });
});
