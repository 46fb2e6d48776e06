import { UNKNOWN } from "@haulway/providers/dynamic-provider";
import { checkNatsUser, subjectProblem } from "@haulway/providers/nats-user/check";
import { diffNatsUser, reasonToIssue } from "@haulway/providers/nats-user/decisions";
import type { NatsUserInputs, NatsUserOutputs } from "@haulway/providers/nats-user/properties";
import { describe, expect, it } from "vitest";

const NOW = 1_800_000_000;

const INPUTS: NatsUserInputs = {
  name: "local.claims.intake.publisher",
  environment: "local",
  synadia: {
    url: "https://cloud.synadia.com",
    accountId: "2bKAVoSBsfwNDAEj5MdMaiwqj8e",
    signingKeyGroup: "Default",
    tokenFrom: "SYNADIA_TOKEN",
  },
  publish: ["claims.events.>"],
  subscribe: ["claims.commands.>"],
};

const STATE: NatsUserOutputs = {
  ...INPUTS,
  userId: "user-1",
  group: { id: "group-1", name: "Default" },
  owner: "0a1b2c3d",
  publicKey: "U",
  issuedAt: NOW - 900,
  expiresAt: 0,
  reason: "created",
  creds: "creds",
  settings: {},
  drift: [],
  revocations: [],
};

function withSynadia(change: Partial<NatsUserInputs["synadia"]>): NatsUserInputs {
  return { ...INPUTS, synadia: { ...INPUTS.synadia, ...change } };
}

describe("the diff of a NATS user", () => {
  it.each<[string, NatsUserInputs]>([
    ["is the same", INPUTS],
    ["lists its subjects in another order", { ...INPUTS, publish: ["claims.events.>", "claims.events.>"] }],
    ["names its group by id", withSynadia({ signingKeyGroup: "group-1" })],
    ["names its group in another case", withSynadia({ signingKeyGroup: "DEFAULT" })],
  ])("is empty when the declaration %s", (_, news) => {
    expect(diffNatsUser(STATE, news, NOW)).toMatchObject({ changes: false, replaces: [] });
  });

  it.each<[string, NatsUserInputs, string[]]>([
    ["name", { ...INPUTS, name: "local.claims.intake.other" }, ["name"]],
    ["environment", { ...INPUTS, environment: "dev" }, ["environment"]],
    ["account", withSynadia({ accountId: "another" }), ["synadia"]],
    ["signing-key group", withSynadia({ signingKeyGroup: "Other" }), ["synadia"]],
  ])("replaces the user for another %s", (_, news, replaces) => {
    expect(diffNatsUser(STATE, news, NOW)).toMatchObject({ changes: true, replaces });
  });

  it.each<[string, NatsUserInputs]>([
    ["address of the control plane", withSynadia({ url: "http://127.0.0.1:1" })],
    ["variable of the token", withSynadia({ tokenFrom: "OTHER" })],
  ])("updates the state, and issues nothing, for another %s", (_, news) => {
    expect(diffNatsUser(STATE, news, NOW)).toMatchObject({ changes: true, replaces: [] });
    expect(reasonToIssue(STATE, news, NOW)).toBeUndefined();
  });

  it.each<[string, NatsUserInputs]>([
    ["account", withSynadia({ accountId: UNKNOWN })],
    ["name", { ...INPUTS, name: UNKNOWN }],
    ["subject", { ...INPUTS, publish: [UNKNOWN] }],
  ])("is an update, no replacement, while the %s is unknown", (_, news) => {
    expect(diffNatsUser(STATE, news, NOW)).toMatchObject({ changes: true, replaces: [] });
  });

  it.each<[string, Partial<NatsUserOutputs>]>([
    ["drift", { drift: ["pub.allow"] }],
    ["an unfinished revocation", { revocations: [{ publicKey: "U", before: 1 }] }],
  ])("is an update that issues nothing after %s", (_, state) => {
    expect(diffNatsUser({ ...STATE, ...state }, INPUTS, NOW).changes).toBe(true);
    expect(reasonToIssue({ ...STATE, ...state }, INPUTS, NOW)).toBeUndefined();
  });
});

describe("the reason for new credentials", () => {
  it.each<[string, Partial<NatsUserOutputs>, Partial<NatsUserInputs>]>([
    ["the user has no credentials yet", { creds: "" }, {}],
    ["permissions changed: +publish claims.audit", {}, { publish: ["claims.events.>", "claims.audit"] }],
    ["the nkey was changed outside", { drift: ["nkey"] }, {}],
    ["the credentials expire at 2027-01-15T08:04:59.000Z", { expiresAt: NOW + 299 }, {}],
  ])("is: %s", (reason, state, news) => {
    expect(reasonToIssue({ ...STATE, ...state }, { ...INPUTS, ...news }, NOW)).toBe(reason);
  });

  it("is not the expiry before its last third", () => {
    expect(reasonToIssue({ ...STATE, expiresAt: NOW + 600 }, INPUTS, NOW)).toBeUndefined();
  });
});

describe("the check of a NATS user", () => {
  it("accepts a right one, and one that is not known yet", () => {
    expect(checkNatsUser(INPUTS)).toEqual([]);
    expect(checkNatsUser({ ...withSynadia({ url: UNKNOWN }), publish: [UNKNOWN], name: UNKNOWN })).toEqual(
      [],
    );
  });

  it("reports every problem with its place", () => {
    const failures = checkNatsUser({
      name: "",
      environment: " ",
      synadia: { url: "http://cloud.synadia.com", accountId: "", signingKeyGroup: "", tokenFrom: "uat-x" },
      publish: ["", "ok"],
      subscribe: ["a..b"],
    });
    expect(failures.map(({ property }) => property)).toEqual([
      "name",
      "environment",
      "synadia.url",
      "synadia.accountId",
      "synadia.signingKeyGroup",
      "synadia.tokenFrom",
      "publish[0]",
      "subscribe[0]",
    ]);
  });

  it.each([
    "a",
    "a.b.c",
    "a.*.c",
    "a.>",
    ">",
    "*",
    "_INBOX.>",
    "$JS.API.>",
  ])("accepts the subject %s", (subject) => {
    expect(subjectProblem(subject)).toBeUndefined();
  });

  it.each([
    "",
    " ",
    "a b",
    ".a",
    "a.",
    "a..b",
    "a.>.b",
    "a*",
    "a.b>",
  ])("refuses the subject %j", (subject) => {
    expect(subjectProblem(subject)).toEqual(expect.any(String));
  });
});
