import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSecret } from "@haulway/providers/secret-source";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "haulway-secret-"));
});

afterEach(() => rm(directory, { recursive: true }));

const read = (variables: Record<string, string>) => readSecret("TOKEN", "nats.synadia.tokenFrom", variables);

describe("a secret that a setting names", () => {
  it("is the variable's value, or else the content of the file, without its last newline", async () => {
    const file = join(directory, "token");
    await writeFile(file, " a b \n\n");
    expect(read({ TOKEN: "x", TOKEN_FILE: "/nowhere" })).toBe("x");
    expect(read({ TOKEN: "", TOKEN_FILE: file })).toBe(" a b \n");
  });

  it("is missed with the setting and both variables", async () => {
    const empty = join(directory, "empty");
    await writeFile(empty, "\n");
    expect(() => read({})).toThrow(/nats\.synadia\.tokenFrom.*neither TOKEN nor TOKEN_FILE is set/);
    expect(() => read({ TOKEN_FILE: "/nowhere" })).toThrow(/\/nowhere.*TOKEN_FILE.*nats\.synadia\.tokenFrom/);
    expect(() => read({ TOKEN_FILE: empty })).toThrow(/is empty/);
  });
});
