import { describe, expect, it } from "vitest";
import { editDistance, nearestWord } from "../../../model/nearest-word.ts";

describe("editDistance", () => {
  it.each([
    ["", "", 0],
    ["a", "", 1],
    ["", "abc", 3],
    ["replica", "replicas", 1],
    ["naem", "name", 1],
    ["kitten", "sitting", 3],
  ])("from %j to %j is %d", (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
    expect(editDistance(to, from)).toBe(distance);
  });
});

describe("nearestWord", () => {
  const candidates = ["name", "image", "placement", "port", "replicas"];
  it.each([
    ["replica", "replicas"],
    ["Placement", "placement"],
    ["prot", "port"],
    ["images", "image"],
    ["api", undefined],
    ["secrets", undefined],
  ])("to %j is %j", (word, expected) => {
    expect(nearestWord(word, candidates)).toBe(expected);
  });

  it("is the first of those equally near", () => {
    expect(nearestWord("workload-x", ["workload-a", "workload-b"])).toBe("workload-a");
  });
});
