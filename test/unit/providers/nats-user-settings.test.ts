import {
  declaredSettings,
  normalizeSettings,
  permissionChanges,
  settingsDifferences,
  settingsToChange,
  settingsToCreate,
} from "@haulway/providers/nats-user/settings";
import type { JwtSettings } from "@haulway/providers/synadia/types";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

const NONE = { publish: [], subscribe: [] };

describe("the settings sent to the API", () => {
  it("deny everything where no subject is allowed, because an empty list allows everything", () => {
    const { pub, sub } = settingsToCreate({ publish: [], subscribe: ["a.>"] }, []);
    expect(pub).toEqual({ deny: [">"] });
    expect(sub).toEqual({ allow: ["a.>"] });
  });

  it("name every field in a change, with null for what must go", () => {
    expect(settingsToChange({ publish: ["b", "a", "b"], subscribe: [] }, ["tag"])).toEqual({
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

  it("mean the same in a creation and in a change", () => {
    const subjects = fc.array(fc.constantFrom("a", "b.*", "c.>", "_INBOX.>"));
    fc.assert(
      fc.property(subjects, subjects, (publish, subscribe) => {
        const permissions = { publish, subscribe };
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
    const before = { publish: ["a", "b"], subscribe: ["c"] };
    const after = { publish: ["b", "d"], subscribe: [] };
    expect(permissionChanges(before, after)).toEqual(["+publish d", "-publish a", "-subscribe c"]);
  });

  it("are empty exactly when the settings are the same", () => {
    const permissions = fc.record({
      publish: fc.array(fc.constantFrom("a", "b", "c")),
      subscribe: fc.array(fc.constantFrom("a", "b", "c")),
    });
    fc.assert(
      fc.property(permissions, permissions, (before, after) => {
        const same = settingsDifferences(declaredSettings(before), declaredSettings(after)).length === 0;
        expect(permissionChanges(before, after).length === 0).toBe(same);
      }),
    );
  });
});
