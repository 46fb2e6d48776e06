import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  markerFile,
  requireLocalEnvironment,
  requireLocalPulumi,
} from "../../../local/stand-ins/local-only.ts";

let root: string;
let marked: string;
let unmarked: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "haulway-guard-"));
  marked = join(root, "marked");
  unmarked = join(root, "unmarked");
  await mkdir(marked);
  await mkdir(unmarked);
  await writeFile(markerFile(marked), "");
});

afterAll(() => rm(root, { recursive: true, force: true }));

describe("a stand-in", () => {
  it("starts in the local environment", () => {
    const variables = { HAULWAY_LOCAL_DIR: marked, PULUMI_HOME: join(marked, "pulumi", "home") };
    expect(requireLocalPulumi("AWS", variables)).toBe(marked);
    expect(requireLocalEnvironment("AWS", { HAULWAY_LOCAL_DIR: unmarked })).toBe(unmarked);
  });

  it.each([
    ["no local directory", () => ({}), "HAULWAY_LOCAL_DIR is not set"],
    ["an empty one", () => ({ HAULWAY_LOCAL_DIR: "" }), "HAULWAY_LOCAL_DIR is not set"],
    ["a relative one", () => ({ HAULWAY_LOCAL_DIR: ".local" }), "not an absolute path"],
    ["one that is not there", () => ({ HAULWAY_LOCAL_DIR: join(root, "none") }), "does not exist"],
    ["no Pulumi home", () => ({ HAULWAY_LOCAL_DIR: marked }), "PULUMI_HOME is not set"],
    [
      "the user's Pulumi home",
      () => ({ HAULWAY_LOCAL_DIR: marked, PULUMI_HOME: join(root, ".pulumi") }),
      "not inside",
    ],
    [
      "a home that only begins alike",
      () => ({ HAULWAY_LOCAL_DIR: marked, PULUMI_HOME: `${marked}-2` }),
      "not inside",
    ],
    [
      "the directory itself as home",
      () => ({ HAULWAY_LOCAL_DIR: marked, PULUMI_HOME: marked }),
      "not inside",
    ],
    [
      "a directory that is not marked",
      () => ({ HAULWAY_LOCAL_DIR: unmarked, PULUMI_HOME: join(unmarked, "home") }),
      "not marked as a local environment",
    ],
  ])("refuses to start with %s", (_, variables, reason) => {
    const start = () => requireLocalPulumi("AWS", variables());
    expect(start).toThrow("This is Haulway's stand-in for AWS");
    expect(start).toThrow(reason);
  });
});
