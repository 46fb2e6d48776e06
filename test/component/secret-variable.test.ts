import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readSecretVariable } from "../../stacks/secret-variable.ts";

const directory = mkdtempSync(join(tmpdir(), "haulway-secret-"));
const file = join(directory, "password");
writeFileSync(file, "from the file \n");

afterAll(() => rmSync(directory, { recursive: true }));

describe("readSecretVariable", () => {
  test.each([
    ["the value", { PASSWORD: "value" }, "value"],
    ["the value rather than the file", { PASSWORD: "value", PASSWORD_FILE: file }, "value"],
    [
      "the file without the newline at its end, and nothing else cut off",
      { PASSWORD_FILE: file },
      "from the file ",
    ],
    ["the file if the variable is empty", { PASSWORD: "", PASSWORD_FILE: file }, "from the file "],
  ])("takes %s", (_, variables, expected) => {
    expect(readSecretVariable("PASSWORD", variables)).toBe(expected);
  });

  test("names both ways to set it when neither is set", () => {
    expect(() => readSecretVariable("PASSWORD", {})).toThrow(
      "The environment variable PASSWORD is not set. Set it, or set PASSWORD_FILE to the path of a file that holds the secret.",
    );
  });

  test("names the file that cannot be read", () => {
    expect(() => readSecretVariable("PASSWORD", { PASSWORD_FILE: join(directory, "absent") })).toThrow(
      /PASSWORD_FILE names a file that cannot be read: .*absent/,
    );
  });

  test("takes no empty file for a secret", () => {
    const empty = join(directory, "empty");
    writeFileSync(empty, "\n");
    expect(() => readSecretVariable("PASSWORD", { PASSWORD_FILE: empty })).toThrow(
      /PASSWORD_FILE names a file that is empty: .*empty\./,
    );
  });
});
