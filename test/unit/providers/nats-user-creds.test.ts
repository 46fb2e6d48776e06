import { parseCreds } from "@haulway/providers/issuer/creds";
import { encodeUser, fmtCreds, parseCreds as parseWithLibrary } from "@nats-io/jwt";
import { createAccount, createUser } from "@nats-io/nkeys";
import { describe, expect, it } from "vitest";

async function issue(options: { exp?: number } = {}) {
  const user = createUser();
  const jwt = await encodeUser("intake", user, createAccount(), {}, options);
  return { user, jwt, file: new TextDecoder().decode(fmtCreds(jwt, user)) };
}

describe("a credentials file", () => {
  it("says whose it is and when it was issued", async () => {
    const { user, file } = await issue({ exp: 4_102_444_800 });
    const creds = parseCreds(file);
    const library = await parseWithLibrary(new TextEncoder().encode(file));
    expect(creds).toEqual({
      text: file,
      publicKey: user.getPublicKey(),
      issuedAt: library.uc.iat,
      expiresAt: 4_102_444_800,
    });
  });

  it("does not expire without an expiry", async () => {
    expect(parseCreds((await issue()).file).expiresAt).toBe(0);
  });

  it.each([
    ["CRLF", (file: string) => file.replaceAll("\n", "\r\n")],
    ["no newline at the end", (file: string) => file.trimEnd()],
    ["the stars that nsc writes at the end", (file: string) => `${file}\n${"*".repeat(61)}\n`],
  ])("is readable for the library with %s", async (_, spoil) => {
    const { file, jwt } = await issue();
    const { text } = parseCreds(spoil(file));
    expect((await parseWithLibrary(new TextEncoder().encode(text))).jwt).toBe(jwt);
    expect(text).not.toContain("\r");
    expect(text.endsWith("\n")).toBe(true);
  });

  it.each([
    ["no JWT", (file: string) => file.replace("BEGIN NATS USER JWT", "BEGIN JWT")],
    ["no nkey seed of a user", (file: string) => file.replace(/\nSU/, "\nSA")],
    ["a JWT that cannot be decoded", (file: string) => file.replace(/\.ey/, ".!!").replace("!!", "xx")],
    ["no JWT", () => ""],
    ["no JWT", () => "<html>502 Bad Gateway</html>"],
  ])("is refused with %s, and nothing of it is shown", async (problem, spoil) => {
    const { file } = await issue();
    const seed = /SU\w+/.exec(file)?.[0] ?? "";
    const attempt = () => parseCreds(spoil(file));
    expect(attempt).toThrow(problem);
    expect(attempt).not.toThrow(seed);
  });
});
