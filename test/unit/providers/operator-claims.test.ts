import {
  combined,
  everybodyRevokedUntil,
  inexactNumber,
  mergeRevocations,
  missingRevocations,
  revokedUntil,
  signerProblem,
  withRevocations,
} from "@haulway/providers/issuer/operator/account-claims";
import { createUserNkey, isSignedBy, nkeyFromSeed } from "@haulway/providers/issuer/operator/nkey";
import { trustProblem } from "@haulway/providers/issuer/operator/operator-authority";
import { readTrustReport } from "@haulway/providers/issuer/operator/operator-trust";
import { type Claims, readClaims, signClaims } from "@haulway/providers/issuer/operator/signed-claims";
import { signCreds, userClaims } from "@haulway/providers/issuer/operator/user-creds";
import { natsPermissions } from "@haulway/providers/issuer/permissions";
import { decode, encodeAccount, newScopedSigner, parseCreds } from "@nats-io/jwt";
import {
  createAccount,
  createOperator,
  createServer,
  createUser,
  fromPublic,
  type KeyPair,
} from "@nats-io/nkeys";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

const seedOf = (pair: KeyPair) => new TextDecoder().decode(pair.getSeed());

async function keyOf(pair: KeyPair) {
  const key = await nkeyFromSeed(seedOf(pair));
  if (key === undefined) throw new Error("the seed was not read");
  return key;
}

const account = createAccount();
const operator = createOperator();
const A = account.getPublicKey();

function claims(nats: Record<string, unknown>, iat = 1_000): Claims {
  return { iss: operator.getPublicKey(), sub: A, iat, nats: { type: "account", version: 2, ...nats } };
}

/** The library reads text as Latin-1, so the subjects are decoded here. */
function natsOf(creds: string): unknown {
  const body = /eyJ[\w-]+\.([\w-]+)/.exec(creds)?.[1] ?? "";
  return (JSON.parse(Buffer.from(body, "base64url").toString()) as { nats: unknown }).nats;
}

const answer = (strict: boolean) =>
  JSON.stringify({
    server: { name: "n1" },
    data: {
      trusted_operators_claim: [
        { sub: "OIDENTITY", nats: { signing_keys: ["OSIGNING"], strict_signing_key_usage: strict } },
      ],
    },
  });

describe("an nkey", () => {
  it.each([
    ["O", createOperator()],
    ["A", createAccount()],
    ["U", createUser()],
  ])("of the kind %s is what NATS' library reads and signs", async (kind, pair) => {
    const key = await keyOf(pair);
    const data = Buffer.from("data");
    expect(key).toMatchObject({ kind, publicKey: pair.getPublicKey(), seed: seedOf(pair) });
    expect(fromPublic(key.publicKey).verify(data, key.sign(data))).toBe(true);
    expect(await isSignedBy(key.publicKey, data, pair.sign(data))).toBe(true);
  });

  it("that is new is a user's, and another each time", async () => {
    const [one, other] = [await createUserNkey(), await createUserNkey()];
    expect(one.publicKey).toMatch(/^U[A-Z2-7]{55}$/);
    expect(one.publicKey).not.toBe(other.publicKey);
    expect((await nkeyFromSeed(one.seed))?.publicKey).toBe(one.publicKey);
  });

  it.each([
    ["a public key", createUser().getPublicKey()],
    [
      "a seed with a character changed",
      seedOf(createUser()).replace(/(?<=^.{20})./, (one) => (one === "A" ? "B" : "A")),
    ],
    ["a seed with a character lost", seedOf(createUser()).slice(0, -1)],
    ["the seed of a server", seedOf(createServer())],
    ["nothing", ""],
  ])("is not read from %s", async (_, text) => {
    expect(await nkeyFromSeed(text)).toBeUndefined();
  });

  it("did not sign what another signed, or other data", async () => {
    const [one, other] = [createUser(), createUser()];
    const data = Buffer.from("data");
    expect(await isSignedBy(one.getPublicKey(), data, other.sign(data))).toBe(false);
    expect(await isSignedBy(one.getPublicKey(), Buffer.from("other"), one.sign(data))).toBe(false);
    expect(await isSignedBy("UNKNOWN", data, one.sign(data))).toBe(false);
  });
});

describe("signed claims", () => {
  it("are read by NATS' library, with their signature", async () => {
    const key = await keyOf(operator);
    const jwt = signClaims({ sub: A, iat: 7, name: "users", nats: { type: "account", version: 2 } }, key);
    expect(decode(jwt)).toMatchObject({ iss: operator.getPublicKey(), sub: A, iat: 7, name: "users" });
  });

  it("survive being read and signed again, whatever they hold", async () => {
    const key = await keyOf(operator);
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue()), async (extra) => {
        // JSON knows no -0.
        const kept = JSON.parse(JSON.stringify(extra)) as Record<string, unknown>;
        const nats = { ...kept, type: "account", version: 2 };
        const first = await readClaims(signClaims({ sub: A, iat: 7, nats }, key));
        const second = await readClaims(signClaims(first ?? claims({}), key));
        expect(second?.nats).toEqual(nats);
        expect(second).toEqual(first);
      }),
      { numRuns: 50 },
    );
  });

  it("of NATS' library are read", async () => {
    const jwt = await encodeAccount("users", account, { revocations: { "*": 5 } }, { signer: operator });
    expect(await readClaims(jwt)).toMatchObject({ sub: A, name: "users", nats: { revocations: { "*": 5 } } });
  });

  it.each<[string, (jwt: string) => string]>([
    ["a changed body", (jwt) => jwt.replace(/\.(.*)\./, (_, body: string) => `.${body.slice(0, -4)}AAAA.`)],
    ["another's signature", (jwt) => jwt.replace(/[^.]+$/, "A".repeat(86))],
    ["a part missing", (jwt) => jwt.split(".").slice(0, 2).join(".")],
    ["a part too many", (jwt) => `${jwt}.AAAA`],
    ["nothing", () => ""],
  ])("are not read with %s", async (_, spoil) => {
    const jwt = await encodeAccount("users", account, {}, { signer: operator });
    expect(await readClaims(spoil(jwt))).toBeUndefined();
  });

  it("of version 1 are not read", async () => {
    const jwt = signClaims({ sub: A, iat: 7, nats: {} }, await keyOf(operator));
    expect(await readClaims(jwt)).toBeUndefined();
  });
});

describe("creds", () => {
  const declaration = {
    name: "local.claims.intake.publisher",
    environment: "local",
    publish: ["b.>", "a", "b.>"],
    subscribe: ["größe.*"],
    respond: true,
    inbox: "_INBOX.local.claims.intake.publisher",
    expires: 4_102_444_800,
  };

  it("say what is declared, once and sorted, and whose account it is", async () => {
    const [user, signer] = [await createUserNkey(), await keyOf(createAccount())];
    const { text, publicKey, issuedAt, expiresAt } = signCreds(
      userClaims(declaration, user.publicKey, A, signer.publicKey, 1_700_000_000),
      user,
      signer,
    );
    expect({ publicKey, issuedAt, expiresAt }).toEqual({
      publicKey: user.publicKey,
      issuedAt: 1_700_000_000,
      expiresAt: 4_102_444_800,
    });
    const { key, uc, aid } = await parseCreds(new TextEncoder().encode(text));
    expect({ key, aid, iss: uc.iss, name: uc.name }).toEqual({
      key: user.seed,
      aid: A,
      iss: signer.publicKey,
      name: declaration.name,
    });
    expect(natsOf(text)).toEqual({
      pub: { allow: ["a", "b.>"] },
      sub: { allow: ["_INBOX.local.claims.intake.publisher.>", "größe.*"] },
      resp: { max: 1, ttl: 60_000_000_000 },
      subs: -1,
      data: -1,
      payload: -1,
      issuer_account: A,
      type: "user",
      version: 2,
    });
  });

  it("name no account when the account's own key signs, and no time when they do not expire", async () => {
    const [user, signer] = [await createUserNkey(), await keyOf(account)];
    const made = userClaims({ ...declaration, expires: 0 }, user.publicKey, A, A, 5);
    const { text, expiresAt } = signCreds(made, user, signer);
    expect(expiresAt).toBe(0);
    expect(natsOf(text)).not.toHaveProperty("issuer_account");
    expect((await parseCreds(new TextEncoder().encode(text))).aid).toBe(A);
  });

  it("deny what a list leaves empty", () => {
    expect(natsPermissions({ publish: [], subscribe: [], respond: false, inbox: "" })).toEqual({
      pub: { deny: [">"] },
      sub: { deny: [">"] },
    });
  });
});

describe("the revocations of an account", () => {
  const counts = fc.dictionary(fc.constantFrom("UA", "UB", "UC", "*"), fc.integer({ min: 0, max: 20 }));

  it("are never lowered or lost by another version", () => {
    fc.assert(
      fc.property(counts, counts, fc.integer({ min: 0, max: 2_000 }), (present, added, now) => {
        const next = withRevocations(claims({ revocations: present }), added, now);
        for (const [key, before] of Object.entries(present)) {
          expect((next.nats["revocations"] as Record<string, number>)[key]).toBeGreaterThanOrEqual(before);
        }
        const version = { ...next, iss: "O" };
        expect(missingRevocations(version, added)).toEqual({});
        expect(missingRevocations(version, present)).toEqual({});
        expect(version.iat).toBeGreaterThan(1_000);
        expect(version.iat).toBeGreaterThanOrEqual(now);
      }),
    );
  });

  it("come with everything else that the account holds", () => {
    const nats = { limits: { conn: 5 }, something: { new: [1] }, revocations: { UA: 1 } };
    const next = withRevocations({ ...claims(nats), exp: 99 }, { UB: 2 }, 5_000);
    expect(next).toMatchObject({ exp: 99, iat: 5_000 });
    expect(next.nats).toEqual({ ...nats, type: "account", version: 2, revocations: { UA: 1, UB: 2 } });
  });

  it("are missing when they are lower, also where everybody's are high enough", () => {
    const present = claims({ revocations: { UA: 5, "*": 50 } });
    expect(missingRevocations(present, { UA: 5 })).toEqual({});
    expect(missingRevocations(present, { UA: 6, UB: 1 })).toEqual({ UA: 6, UB: 1 });
    expect(missingRevocations(claims({}), { UA: 1 })).toEqual({ UA: 1 });
  });

  it("of everybody count for each", () => {
    const present = claims({ revocations: { UA: 5, "*": 3 } });
    expect([
      revokedUntil(present, "UA"),
      revokedUntil(present, "UB"),
      everybodyRevokedUntil(present),
    ]).toEqual([5, 3, 3]);
    expect(revokedUntil(claims({}), "UA")).toBe(0);
  });

  it("of several servers are taken together", () => {
    expect(mergeRevocations([{ UA: 1, UB: 9 }, { UA: 4 }, {}])).toEqual({ UA: 4, UB: 9 });
    const [old, young] = [
      claims({ revocations: { UA: 3 } }, 5),
      claims({ limits: 1, revocations: { UA: 2 } }, 9),
    ];
    expect(combined([old, young, old])).toEqual(claims({ limits: 1, revocations: { UA: 3 } }, 9));
    expect(combined([claims({})])).toEqual(claims({}));
    expect(combined([])).toBeUndefined();
  });
});

describe("numbers of an account", () => {
  it.each([
    ["a number beyond what is exact", { nats: { limits: { data: 2 ** 60 } } }, "nats.limits.data"],
    ["one in a list", { nats: { list: [1, { x: -(2 ** 53) }] } }, "nats.list.1.x"],
    ["no limit", { nats: { limits: { data: -1, fraction: 0.5, most: Number.MAX_SAFE_INTEGER } } }, undefined],
  ])("are looked at: %s", (_, value, place) => {
    expect(inexactNumber(value)).toBe(place);
  });
});

describe("a key that is to sign users", () => {
  const [plain, scoped] = [createAccount().getPublicKey(), createAccount().getPublicKey()];
  const keys = { signing_keys: [plain, newScopedSigner(scoped, "reader", {})] };

  it.each([
    ["the account's own", A, undefined, "identity"],
    ["a signing key", plain, undefined, undefined],
    ["a scoped signing key", scoped, "scoped", "scoped"],
    ["another account's", createAccount().getPublicKey(), "foreign", "foreign"],
  ])("may be %s or not", (_, key, problem, strictProblem) => {
    expect(signerProblem(claims(keys), key, false)).toBe(problem);
    expect(signerProblem(claims(keys), key, true)).toBe(strictProblem);
  });

  it("is the account's own when there are no signing keys", () => {
    expect(signerProblem(claims({}), A, false)).toBeUndefined();
    expect(signerProblem(claims({}), plain, false)).toBe("foreign");
  });
});

describe("what a server says of operators", () => {
  it("decides which keys may sign accounts", () => {
    const report = readTrustReport(answer(false));
    expect(report).toEqual({ server: "n1", trusted: ["OIDENTITY", "OSIGNING"], identityOnly: [] });
    expect(["OIDENTITY", "OSIGNING"].map((key) => report && trustProblem(report, key))).toEqual([
      undefined,
      undefined,
    ]);
    expect(report && trustProblem(report, "OSTRANGER")).toMatch(/n1 does not trust\. .*OIDENTITY, OSIGNING/);
  });

  it("leaves out the operator's identity where signing keys are demanded", () => {
    const report = readTrustReport(answer(true));
    expect(report && trustProblem(report, "OSIGNING")).toBeUndefined();
    expect(report && trustProblem(report, "OIDENTITY")).toMatch(/demands that signing keys.*OSIGNING/);
  });

  it.each([["{}"], ["nonsense"], ['{"data":{"trusted_operators_claim":[]}}']])("is nothing in %s", (text) => {
    expect(readTrustReport(text)).toBeUndefined();
  });
});
