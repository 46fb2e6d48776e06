import { settingsDifferences } from "@haulway/providers/issuer/settings";
import {
  declaredSettings,
  normalizeSettings,
  settingsToChange,
  settingsToCreate,
  undeclaredRights,
} from "@haulway/providers/issuer/synadia/settings";
import { permissionChanges } from "@haulway/providers/nats-user/wording";
import type { JwtSettings } from "@haulway/providers/synadia/types";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

const NONE = { publish: [], subscribe: [], respond: false, inbox: "" };

describe("the settings sent to the API", () => {
  it("deny everything where no subject is allowed, because an empty list allows everything", () => {
    const { pub, sub } = settingsToCreate({ ...NONE, subscribe: ["a.>"] }, []);
    expect(pub).toEqual({ deny: [">"] });
    expect(sub).toEqual({ allow: ["a.>"] });
  });

  it("name every field in a change, with null for what must go", () => {
    expect(settingsToChange({ ...NONE, publish: ["b", "a", "b"] }, ["tag"])).toEqual({
      pub: { allow: ["a", "b"], deny: null },
      sub: { allow: null, deny: [">"] },
      resp: null,
      src: null,
      times: null,
      times_location: null,
      allowed_connection_types: null,
      bearer_token: false,
      data: -1,
      payload: -1,
      subs: -1,
      tags: ["tag"],
    });
  });

  it("let a user subscribe to its own inboxes, and answer when it is declared to", () => {
    const rights = { publish: [], subscribe: ["a.>"], respond: true, inbox: "_INBOX.me" };
    for (const settings of [settingsToCreate(rights, []), settingsToChange(rights, [])]) {
      expect(settings.sub?.allow).toEqual(["_INBOX.me.>", "a.>"]);
      expect(settings.resp).toEqual({ max: 1, ttl: 60_000_000_000 });
    }
  });

  it("mean the same in a creation and in a change", () => {
    const subjects = fc.array(fc.constantFrom("a", "b.*", "c.>", "_INBOX.>"));
    fc.assert(
      fc.property(subjects, subjects, fc.boolean(), (publish, subscribe, respond) => {
        const permissions = { ...NONE, publish, subscribe, respond };
        expect(normalizeSettings(settingsToChange(permissions, []))).toEqual(
          normalizeSettings(settingsToCreate(permissions, [])),
        );
      }),
    );
  });
});

describe("settings in their one form", () => {
  it.each([
    ["absent", {}],
    ["null", { pub: null, sub: null, resp: null, src: null, times: null, times_location: null }],
    ["empty", { pub: {}, sub: { allow: [], deny: [] }, src: [], times: [], times_location: "", tags: [] }],
    ["no limit", { data: -1, payload: -1, subs: -1, bearer_token: false, allowed_connection_types: [] }],
    ["tags, which grant nothing", { tags: ["haulway:local:x"] }],
  ])("leave out what is %s", (_, settings) => {
    expect(normalizeSettings(settings)).toEqual({});
  });

  it.each<[JwtSettings & Record<string, unknown>, string[]]>([
    [{ pub: { deny: ["a"] } }, ["pub.deny"]],
    [{ resp: { max: 1, ttl: 5 } }, ["resp.max", "resp.ttl"]],
    [{ bearer_token: true }, ["bearer_token"]],
    [{ data: 0 }, ["data"]],
    [{ times: [{ start: "08:00:00", end: "09:00:00" }] }, ["times"]],
    [{ a_setting_of_tomorrow: ["x"] }, ["a_setting_of_tomorrow"]],
  ])("notice %j", (settings, differing) => {
    expect(settingsDifferences(normalizeSettings(settings), normalizeSettings({}))).toEqual(differing);
  });

  it("do not depend on the order or the repetition of subjects", () => {
    const subjects = fc.array(fc.stringMatching(/^[a-z]{1,3}$/));
    fc.assert(
      fc.property(subjects, (publish) => {
        const shuffled = [...publish, ...publish].reverse();
        expect(declaredSettings({ ...NONE, publish: shuffled })).toEqual(
          declaredSettings({ ...NONE, publish }),
        );
        expect(permissionChanges({ ...NONE, publish: shuffled }, { ...NONE, publish })).toEqual([]);
      }),
    );
  });
});

describe("the changes of permissions", () => {
  it("say what was given and taken", () => {
    const before = { ...NONE, publish: ["a", "b"], subscribe: ["c"], respond: true };
    const after = { ...NONE, publish: ["b", "d"], inbox: "_INBOX.me" };
    expect(permissionChanges(before, after)).toEqual([
      "+publish d",
      "-publish a",
      "+subscribe _INBOX.me.>",
      "-subscribe c",
      "-respond",
    ]);
  });

  it("are empty exactly when the settings are the same", () => {
    const permissions = fc.record({
      publish: fc.array(fc.constantFrom("a", "b", "c")),
      subscribe: fc.array(fc.constantFrom("a", "b", "me.>")),
      respond: fc.boolean(),
      inbox: fc.constantFrom("", "me"),
    });
    fc.assert(
      fc.property(permissions, permissions, (before, after) => {
        const same = settingsDifferences(declaredSettings(before), declaredSettings(after)).length === 0;
        expect(permissionChanges(before, after).length === 0).toBe(same);
        expect(undeclaredRights(declaredSettings(before), after).length === 0).toBe(same);
      }),
    );
  });
});
