import { createAccount, createOperator, createServer, createUser } from "@nats-io/nkeys";
import { describe, expect, it } from "vitest";
import { wrongAccountKey } from "../../../model/schema/nkey.ts";

describe("the public key of an account", () => {
  it("is what nkeys makes", () => {
    for (let count = 0; count < 20; count += 1) {
      expect(wrongAccountKey(createAccount().getPublicKey())).toBeUndefined();
    }
  });

  it.each([
    ["a user", createUser()],
    ["an operator", createOperator()],
    ["a server", createServer()],
  ])("is not that of %s", (kind, pair) => {
    expect(wrongAccountKey(pair.getPublicKey())).toBe(`is the public key of ${kind}`);
  });

  it("is not a seed, of whatever kind", () => {
    for (const pair of [createAccount(), createUser(), createOperator()]) {
      expect(wrongAccountKey(new TextDecoder().decode(pair.getSeed()))).toMatch(/^is a seed/);
    }
  });

  it("has no letter wrong, wherever it stands", () => {
    const key = createAccount().getPublicKey();
    for (let index = 1; index < key.length; index += 1) {
      const other = key[index] === "B" ? "C" : "B";
      const mistyped = key.slice(0, index) + other + key.slice(index + 1);
      expect(wrongAccountKey(mistyped), mistyped).toMatch(/typing mistake/);
    }
  });

  it.each([
    "",
    "A",
    "2bKAVoSBsfwNDAEj5MdMaiwqj8e",
    createAccount().getPublicKey().toLowerCase(),
  ])("is not %j", (text) => {
    expect(wrongAccountKey(text)).toBe("is not a public nkey");
  });
});
