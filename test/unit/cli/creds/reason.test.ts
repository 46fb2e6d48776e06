import { createUser } from "@nats-io/nkeys";
import { describe, expect, it } from "vitest";
import { checkReason, reasonByDefault } from "../../../../cli/creds/reason.ts";

const seed = new TextDecoder().decode(createUser().getSeed());
const jwt = ["header", "claims", "signature"]
  .map((part) => Buffer.from(JSON.stringify({ part })).toString("base64url"))
  .join(".");

describe("checkReason", () => {
  it("takes words", () => {
    expect(checkReason(' laptop stolen: "Zoë\'s" #1 ')).toBe('laptop stolen: "Zoë\'s" #1');
  });

  it.each([
    ["nothing", " ", "--reason is empty"],
    ["two lines", "a\nb", "--reason is not one line of text"],
    ["a control character", "a\u001b[2Jb", "--reason is not one line of text"],
    ["a long text", "a ".repeat(101).trim(), "--reason has 201 characters, expected at most 200"],
    ["a variable", `see $\{TICKET}`, "holds ${, which begins a variable"],
    ["a seed", `found ${seed} on a paste site`, "--reason looks like a secret"],
    ["a JWT", jwt, "--reason looks like a secret"],
    ["a token of Synadia", "uat_abcdef", "--reason looks like a secret"],
    ["a key in PEM", "-----BEGIN USER NKEY SEED-----", "--reason looks like a secret"],
  ])("refuses %s, and does not repeat it", (_what, reason, message) => {
    expect(() => checkReason(reason)).toThrow(message);
    expect(() => checkReason(reason)).not.toThrow(reason.trim().length > 5 ? reason.trim() : "never");
  });

  it("has one for those who give none", () => {
    const reason = reasonByDefault(new Date("2026-11-21T01:00:00Z"));
    expect(checkReason(reason)).toBe("rotated by hand on 2026-11-21");
  });
});
