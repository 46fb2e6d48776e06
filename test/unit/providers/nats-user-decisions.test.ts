import { UNKNOWN } from "@haulway/providers/dynamic-provider";
import type { OperatorIssuerInputs, SynadiaIssuerInputs } from "@haulway/providers/issuer/issuer";
import { checkNatsUser, subjectProblem } from "@haulway/providers/nats-user/check";
import { diffNatsUser, driftOf, reasonToIssue } from "@haulway/providers/nats-user/decisions";
import type { NatsUserInputs, NatsUserOutputs } from "@haulway/providers/nats-user/properties";
import { fingerprints } from "@haulway/providers/nats-user/stored-settings";
import { readState } from "@haulway/providers/nats-user/stored-state";
import { announcement, durationText } from "@haulway/providers/nats-user/wording";
import { describe, expect, it } from "vitest";

const DAY = 86_400;
const NOW = Date.parse("2026-11-01T12:00:00Z") / 1000;

const SYNADIA: SynadiaIssuerInputs = {
  kind: "synadia",
  url: "https://cloud.synadia.com",
  accountId: "2bKAVoSBsfwNDAEj5MdMaiwqj8e",
  signingKeyGroup: "Default",
  tokenFrom: "SYNADIA_TOKEN",
  parallelCalls: 8,
};

const OPERATOR: OperatorIssuerInputs = {
  kind: "operator",
  servers: "tls://nats.example.com",
  account: `A${"B".repeat(55)}`,
  signingKeyFrom: "NATS_SIGNING_KEY",
  operatorKeyFrom: "NATS_OPERATOR_KEY",
  systemCredsFrom: "NATS_SYSTEM_CREDS",
};

const INPUTS: NatsUserInputs = {
  user: "claims/intake/publisher",
  name: "local.claims.intake.publisher",
  environment: "local",
  issuer: SYNADIA,
  publish: ["claims.events.>"],
  subscribe: ["claims.commands.>"],
  respond: false,
  inbox: "_INBOX.local.claims.intake.publisher",
  expires: 0,
  rotation: { every: 90 * DAY, overlap: DAY, epoch: "0.0" },
  consumers: ["Deployment claims/intake on workload-a"],
};

const SETTINGS = { "pub.allow": ["claims.events.>"] };

const STATE: NatsUserOutputs = {
  name: INPUTS.name,
  environment: INPUTS.environment,
  issuer: SYNADIA,
  publish: INPUTS.publish,
  subscribe: INPUTS.subscribe,
  respond: false,
  inbox: INPUTS.inbox,
  expires: 0,
  userId: "user-1",
  group: { id: "group-1", name: "Default" },
  owner: "0a1b2c3d",
  publicKey: "U",
  issuedAt: NOW - 900,
  expiresAt: 0,
  reason: "created",
  epoch: "0.0",
  superseded: [],
  creds: { "nats.creds": "creds" },
  settings: fingerprints(SETTINGS),
  drift: [],
};

function withIssuer(change: Partial<SynadiaIssuerInputs>): NatsUserInputs {
  return { ...INPUTS, issuer: { ...SYNADIA, ...change } };
}

describe("the diff of a NATS user", () => {
  it.each<[string, NatsUserInputs]>([
    ["is the same", INPUTS],
    ["lists its subjects in another order", { ...INPUTS, publish: ["claims.events.>", "claims.events.>"] }],
    ["is called something else by people", { ...INPUTS, user: "claims/intake/other" }],
    ["has other consumers", { ...INPUTS, consumers: [] }],
    ["allows another number of parallel calls", withIssuer({ parallelCalls: 2 })],
    ["rotates in another rhythm", { ...INPUTS, rotation: { every: DAY, overlap: 60, epoch: "0.0" } }],
    ["says why its epoch is what it is", { ...INPUTS, rotation: { ...INPUTS.rotation, reason: "a leak" } }],
  ])("is empty when the declaration %s", (_, news) => {
    expect(diffNatsUser(STATE, news, NOW)).toEqual({ changes: false, replaces: [], stables: [] });
  });

  it.each<[string, NatsUserInputs, string[]]>([
    ["name", { ...INPUTS, name: "local.claims.intake.other" }, ["name"]],
    ["environment", { ...INPUTS, environment: "dev" }, ["environment"]],
    ["account", withIssuer({ accountId: "another" }), ["issuer"]],
    ["signing-key group", withIssuer({ signingKeyGroup: "Other" }), ["issuer"]],
    ["kind of issuer", { ...INPUTS, issuer: OPERATOR }, ["issuer"]],
  ])("replaces the user for another %s", (_, news, replaces) => {
    expect(diffNatsUser(STATE, news, NOW)).toMatchObject({ changes: true, replaces });
  });

  it("replaces the user of an operator for another account, not for another server", () => {
    const { group: _, ...rest } = STATE;
    const state = { ...rest, issuer: OPERATOR };
    const moved = { ...INPUTS, issuer: { ...OPERATOR, servers: "tls://other.example.com" } };
    const other = { ...INPUTS, issuer: { ...OPERATOR, account: `A${"C".repeat(55)}` } };
    expect(diffNatsUser(state, { ...INPUTS, issuer: OPERATOR }, NOW).changes).toBe(false);
    expect(diffNatsUser(state, moved, NOW)).toMatchObject({ changes: true, replaces: [] });
    expect(diffNatsUser(state, other, NOW)).toMatchObject({ changes: true, replaces: ["issuer"] });
  });

  it.each<[string, NatsUserInputs]>([
    ["address of the control plane", withIssuer({ url: "http://127.0.0.1:1" })],
    ["variable of the token", withIssuer({ tokenFrom: "OTHER" })],
    ["way to name the same group", withIssuer({ signingKeyGroup: "group-1" })],
    ["case of the group's name", withIssuer({ signingKeyGroup: "DEFAULT" })],
  ])("updates the state, and issues nothing, for another %s", (_, news) => {
    expect(diffNatsUser(STATE, news, NOW)).toMatchObject({ changes: true, replaces: [] });
    expect(reasonToIssue(STATE, news, NOW)).toBeUndefined();
  });

  it.each<[string, NatsUserInputs]>([
    ["account", withIssuer({ accountId: UNKNOWN })],
    ["name", { ...INPUTS, name: UNKNOWN }],
    ["subject", { ...INPUTS, publish: [UNKNOWN] }],
  ])("is an update, no replacement, while the %s is unknown", (_, news) => {
    expect(diffNatsUser(STATE, news, NOW)).toMatchObject({ changes: true, replaces: [] });
  });

  it("is an update that issues nothing after a change of settings outside", () => {
    const state = { ...STATE, drift: ["pub.allow"] };
    expect(diffNatsUser(state, INPUTS, NOW).changes).toBe(true);
    expect(reasonToIssue(state, INPUTS, NOW)).toBeUndefined();
  });
});

describe("the reason for new credentials", () => {
  const ROTATION = INPUTS.rotation;

  it.each<[string, boolean, Partial<NatsUserOutputs>, Partial<NatsUserInputs>]>([
    ["there are no credentials yet", false, { issuedAt: 0, creds: {} }, {}],
    [
      "permissions changed: +publish claims.audit",
      false,
      {},
      { publish: ["claims.events.>", "claims.audit"] },
    ],
    ["permissions changed: +respond", false, {}, { respond: true }],
    ["window opened 2026-11-01 (every 90d)", false, { issuedAt: NOW - 90 * DAY }, {}],
    ["epoch changed from 0.0 to 0.1", true, {}, { rotation: { ...ROTATION, epoch: "0.1" } }],
    [
      "epoch changed from 0.0 to 1.0 (laptop stolen)",
      true,
      {},
      { rotation: { ...ROTATION, epoch: "1.0", reason: "laptop stolen" } },
    ],
    ["the nkey was changed outside", false, { drift: ["nkey"] }, {}],
    ["the user was deleted outside", false, { drift: ["vanished"] }, {}],
    ["the credentials were revoked outside", false, { drift: ["revoked"] }, {}],
    ["the last run did not finish", false, { drift: ["unfinished", "pub.allow"] }, {}],
    ["the nkey was changed outside", false, { drift: ["unfinished", "nkey"] }, {}],
    ["expiry changed to 2027-01-31T00:00:00Z", false, {}, { expires: Date.UTC(2027, 0, 31) / 1000 }],
    ["expiry removed", false, { expires: NOW + DAY, expiresAt: NOW + DAY }, {}],
    ["the credentials expire at 2026-11-01T12:04:59Z", false, { expiresAt: NOW + 299 }, {}],
    [
      "epoch changed from 0.0 to 0.1; permissions changed: -publish claims.events.>; the nkey was changed outside",
      true,
      { drift: ["nkey"] },
      { publish: [], rotation: { ...ROTATION, epoch: "0.1" } },
    ],
  ])("is: %s", (text, newKey, state, news) => {
    expect(reasonToIssue({ ...STATE, ...state }, { ...INPUTS, ...news }, NOW)).toEqual({ text, newKey });
  });

  it.each<[string, Partial<NatsUserOutputs>, Partial<NatsUserInputs>]>([
    ["the window one second before it opens", { issuedAt: NOW - 90 * DAY + 1 }, {}],
    ["a window that there is none of", { issuedAt: 1 }, { rotation: { ...ROTATION, every: 0 } }],
    ["an expiry before its last third", { expiresAt: NOW + 600 }, {}],
    [
      "an expiry that is declared: new credentials would end then too",
      { expires: NOW + 1, expiresAt: NOW + 1 },
      { expires: NOW + 1 },
    ],
    [
      "anything once the user has ended",
      { expires: NOW, expiresAt: NOW, issuedAt: 1, drift: ["vanished"] },
      { expires: NOW, publish: [], rotation: { ...ROTATION, epoch: "9.9" } },
    ],
  ])("is not %s", (_, state, news) => {
    const olds = { ...STATE, ...state };
    expect(reasonToIssue(olds, { ...INPUTS, ...news }, NOW)).toBeUndefined();
    expect(diffNatsUser(olds, { ...INPUTS, ...news }, NOW).changes).toBe(false);
  });

  it("is announced with the consumers that it rolls", () => {
    const reason = "window opened 2026-11-01 (every 90d)";
    expect(announcement(INPUTS, reason)).toBe(
      "rotate claims/intake/publisher: window opened 2026-11-01 (every 90d); rolls Deployment claims/intake on workload-a",
    );
    expect(announcement({ ...INPUTS, consumers: [] }, reason)).toMatch(/; rolls nothing$/);
  });

  it.each([
    [0, "0s"],
    [90, "90s"],
    [120, "2m"],
    [5_400, "90m"],
    [90 * DAY, "90d"],
    [DAY + 3_600, "25h"],
  ])("says %d seconds as %s", (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });
});

describe("what a refresh finds", () => {
  const SEEN = { publicKey: "U", name: INPUTS.name, settings: SETTINGS, revokedUntil: 0 };

  it("forgets nothing that the last run left undone", () => {
    expect(driftOf({ ...STATE, drift: ["unfinished", "nkey"] }, SEEN)).toEqual(["unfinished"]);
  });

  it.each<[string, Parameters<typeof driftOf>[1], string[]]>([
    ["nothing", SEEN, []],
    ["nothing when an older generation is revoked", { ...SEEN, revokedUntil: STATE.issuedAt - 1 }, []],
    ["that the present credentials are revoked", { ...SEEN, revokedUntil: STATE.issuedAt }, ["revoked"]],
    [
      "another nkey, whose revocation is not its own",
      { ...SEEN, publicKey: "V", revokedUntil: NOW },
      ["nkey"],
    ],
    ["another name", { ...SEEN, name: "x" }, ["name"]],
    [
      "other settings",
      { ...SEEN, settings: { "pub.allow": [">"], "resp.max": 1 } },
      ["pub.allow", "resp.max"],
    ],
    ["no user", undefined, ["vanished"]],
  ])("is %s", (_, observed, drift) => {
    expect(driftOf(STATE, observed)).toEqual(drift);
  });
});

describe("the check of a NATS user", () => {
  it("accepts a right one, and one that is not known yet", () => {
    expect(checkNatsUser({}, INPUTS, NOW)).toEqual([]);
    expect(checkNatsUser({}, { ...INPUTS, issuer: OPERATOR, expires: NOW + 1 }, NOW)).toEqual([]);
    const unknown = { ...withIssuer({ url: UNKNOWN }), publish: [UNKNOWN], name: UNKNOWN, inbox: UNKNOWN };
    expect(checkNatsUser({}, unknown, NOW)).toEqual([]);
  });

  it("reports every problem with its place", () => {
    const failures = checkNatsUser(
      {},
      {
        user: "",
        name: "",
        environment: " ",
        issuer: {
          kind: "synadia",
          url: "http://cloud.synadia.com",
          accountId: "",
          signingKeyGroup: "",
          tokenFrom: "uat-x",
          parallelCalls: 0,
        },
        publish: ["", "ok"],
        subscribe: ["a..b"],
        respond: false,
        inbox: "_INBOX.>",
        expires: NOW,
        rotation: { every: DAY, overlap: DAY, epoch: "0" },
        consumers: [],
      },
      NOW,
    );
    expect(failures.map(({ property }) => property)).toEqual([
      "user",
      "name",
      "environment",
      "issuer.url",
      "issuer.accountId",
      "issuer.signingKeyGroup",
      "issuer.tokenFrom",
      "issuer.parallelCalls",
      "publish[0]",
      "subscribe[0]",
      "inbox",
      "expires",
      "rotation.overlap",
    ]);
    expect(failures.at(-1)?.reason).toBe("must be shorter than rotation.every, which is 1d; it is 1d");
    expect(failures.at(-2)?.reason).toMatch(/^must be in the future, and 2026-11-01T12:00:00Z has passed/);
  });

  it("reports what is wrong with an operator, and never a secret", () => {
    const issuer = { ...OPERATOR, servers: "", account: "SAAX", signingKeyFrom: "SUA-secret" };
    const failures = checkNatsUser({}, { ...INPUTS, issuer }, NOW);
    expect(failures.map(({ property }) => property)).toEqual([
      "issuer.servers",
      "issuer.account",
      "issuer.signingKeyFrom",
    ]);
    expect(JSON.stringify(failures)).not.toContain("SUA-secret");
  });

  it("lets a user end, but neither begin nor be changed to have ended", () => {
    const ended = { ...INPUTS, expires: NOW - 1 };
    expect(checkNatsUser(ended, ended, NOW)).toEqual([]);
    expect(checkNatsUser({}, ended, NOW)).toMatchObject([{ property: "expires" }]);
    expect(checkNatsUser(INPUTS, ended, NOW)).toMatchObject([{ property: "expires" }]);
    expect(checkNatsUser({ ...INPUTS, expires: NOW - 2 }, ended, NOW)).toMatchObject([
      { property: "expires" },
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

describe("a state that was written before there were rotations", () => {
  const { kind: _, parallelCalls: __, ...synadia } = SYNADIA;
  const FIRST = {
    name: INPUTS.name,
    environment: "local",
    synadia,
    publish: INPUTS.publish,
    subscribe: ["claims.commands.>", "_INBOX.>"],
    userId: "user-1",
    group: { id: "group-1", name: "Default" },
    owner: "0a1b2c3d",
    publicKey: "U",
    issuedAt: NOW - 900,
    expiresAt: 0,
    reason: "created",
    creds: "text",
    settings: SETTINGS,
    drift: [],
    revocations: [{ publicKey: "V", before: 0 }],
  };

  it("is read, with the revocations that it still has to make", () => {
    expect(readState(FIRST)).toEqual({
      ...STATE,
      subscribe: FIRST.subscribe,
      inbox: "",
      creds: { [`U.${NOW - 900}.creds`]: "text", "nats.creds": "text" },
      superseded: [{ publicKey: "V", issuedAt: 0, retireAt: 0, reason: "replaced, and not revoked yet" }],
    });
  });

  it("changes for what its credentials do not allow yet, and for nothing else", () => {
    expect(reasonToIssue(readState(FIRST), INPUTS, NOW)?.text).toBe(
      `permissions changed: +subscribe ${INPUTS.inbox}.>, -subscribe _INBOX.>`,
    );
    expect(readState(STATE)).toBe(STATE);
  });
});
