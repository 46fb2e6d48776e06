import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { durationSeconds } from "../../../model/duration.ts";
import { instantSeconds } from "../../../model/instant.ts";

describe("a duration", () => {
  it.each([
    ["1m", 60],
    ["90m", 5400],
    ["24h", 86_400],
    ["1d", 86_400],
    ["90d", 7_776_000],
  ])("%s has %i seconds", (duration, seconds) => {
    expect(durationSeconds(duration)).toBe(seconds);
  });

  it.each([
    "",
    "0d",
    "01d",
    "-1d",
    "1.5h",
    "1",
    "d",
    "30s",
    "1w",
    "1d12h",
    " 1d",
    "1d\n",
  ])("is not %j", (text) => {
    expect(() => durationSeconds(text)).toThrow("is not a duration");
  });
});

describe("an instant", () => {
  it("is the time that it was made from", () => {
    const years = {
      min: new Date("1970-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59Z"),
      noInvalidDate: true,
    };
    fc.assert(
      fc.property(fc.date(years), (date) => {
        const text = date.toISOString().replace(/\.\d{3}Z$/, "Z");
        expect(instantSeconds(text)).toBe(Math.floor(date.getTime() / 1000));
      }),
    );
  });

  it.each([
    "2027-01-31",
    "2027-01-31T00:00Z",
    "2027-01-31T00:00:00",
    "2027-01-31T00:00:00+01:00",
    "2027-02-29T00:00:00Z",
    "2027-04-31T00:00:00Z",
    "2027-13-01T00:00:00Z",
    "2027-01-31T24:00:00Z",
    "2027-01-31T23:60:00Z",
    "tomorrow",
  ])("is not %s", (text) => {
    expect(instantSeconds(text)).toBeUndefined();
  });
});
