import {
  constants,
  createDecipheriv,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
} from "node:crypto";
import { UNKNOWN } from "@haulway/providers/dynamic-provider";
import { readCertificate } from "@haulway/providers/sealed-secret-data/certificate";
import type {
  SealedSecretDataInputs,
  SealedSecretDataOutputs,
} from "@haulway/providers/sealed-secret-data/properties";
import { sealedSecretDataProvider } from "@haulway/providers/sealed-secret-data/provider";
import { seal } from "@haulway/providers/sealed-secret-data/seal";
import { assert, property, string } from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { makeSealingController, RSA, type SealingController } from "./support/sealing-controller.ts";

const NOW = Date.UTC(2026, 10, 21);
const DAY = 86_400_000;
const CANARY = "SUACANARYCANARYCANARY";

let controller: SealingController;
let other: SealingController;
let expired: SealingController;
let elliptic: SealingController;
let short: SealingController;

beforeAll(async () => {
  controller = await makeSealingController({ notAfter: NOW + DAY });
  other = await makeSealingController({ notAfter: NOW + DAY });
  expired = await makeSealingController({ notAfter: NOW - 1000 });
  elliptic = await makeSealingController({
    notAfter: NOW + DAY,
    algorithm: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  });
  short = await makeSealingController({ notAfter: NOW + DAY, algorithm: { ...RSA, modulusLength: 1024 } });
});

/** What the controller does, written from its documentation. */
function unseal(sealed: string, key: KeyObject, label: string): string {
  const bytes = Buffer.from(sealed, "base64");
  const end = 2 + bytes.readUInt16BE();
  const sessionKey = privateDecrypt(
    { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256", oaepLabel: Buffer.from(label) },
    bytes.subarray(2, end),
  );
  const cipher = createDecipheriv("aes-256-gcm", sessionKey, Buffer.alloc(12));
  cipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([cipher.update(bytes.subarray(end, -16)), cipher.final()]).toString("utf8");
}

const provider = sealedSecretDataProvider(() => NOW);

function inputs(changes: Partial<SealedSecretDataInputs> = {}): SealedSecretDataInputs {
  return {
    namespace: "claims",
    name: "intake-nats-publisher",
    certificate: controller.pem,
    data: { "nats.creds": "present", "U1.100.creds": "present", "U1.50.creds": "earlier" },
    ...changes,
  };
}

async function created(changes?: Partial<SealedSecretDataInputs>): Promise<SealedSecretDataOutputs> {
  return (await provider.create(inputs(changes))).outs;
}

describe("a sealed value", () => {
  it("is read by the holder of the key, for the same Secret only", () => {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    assert(
      property(string({ unit: "binary" }), (value) => {
        const sealed = seal(value, publicKey, "claims", "intake");
        expect(unseal(sealed, privateKey, "claims/intake")).toBe(Buffer.from(value).toString());
        expect(() => unseal(sealed, privateKey, "quoting/intake")).toThrow();
        expect(() => unseal(sealed, privateKey, "claims/other")).toThrow();
        expect(() => unseal(sealed, privateKey, "")).toThrow();
      }),
      { numRuns: 20 },
    );
  });

  it("never comes out the same twice", () => {
    const certificate = readCertificate(controller.pem);
    if ("problem" in certificate) throw new Error(certificate.problem);
    const { publicKey } = certificate;
    expect(seal("a", publicKey, "claims", "intake")).not.toBe(seal("a", publicKey, "claims", "intake"));
  });
});

describe("what is kept", () => {
  it("is sealed key by key, and shows nothing of the plaintext", async () => {
    const outs = await created({ data: { "nats.creds": CANARY, pin: "1234" } });
    expect(
      unseal(outs.encryptedData["nats.creds"] ?? "", controller.key, "claims/intake-nats-publisher"),
    ).toBe(CANARY);
    expect(unseal(outs.encryptedData["pin"] ?? "", controller.key, "claims/intake-nats-publisher")).toBe(
      "1234",
    );
    expect(JSON.stringify(outs)).not.toContain(CANARY);
    expect(Object.keys(outs)).toEqual(["encryptedData", "sealedFor", "fingerprints", "fingerprintKey"]);
  });

  it("tells nobody without the fingerprint key whether a guess is right", async () => {
    const [one, two] = [await created({ data: { pin: "1234" } }), await created({ data: { pin: "1234" } })];
    expect(one.fingerprints["pin"]).not.toBe(two.fingerprints["pin"]);
    expect(one.fingerprintKey).not.toBe(two.fingerprintKey);
  });

  it("keeps its bytes while nothing changes", async () => {
    const outs = await created();
    expect(await provider.diff("", outs, inputs())).toEqual({ changes: false, replaces: [], stables: [] });
    expect(await provider.read("id", outs)).toEqual({ id: "id", props: outs });
    expect(await provider.update("", outs, inputs())).toEqual({ outs });
  });

  it("keeps its bytes when the same certificate or the same map is written in another way", async () => {
    const outs = await created();
    const data = Object.fromEntries(Object.entries(inputs().data).reverse());
    const certificate = `Fetched on Monday\r\n${controller.pem.replaceAll("\n", "\r\n")}\r\n\r\n${other.pem}`;
    const news = inputs({ data, certificate });
    expect(await provider.diff("", outs, news)).toMatchObject({ changes: false });
    expect(JSON.stringify(await provider.update("", outs, news))).toBe(JSON.stringify({ outs }));
  });

  it("keeps the bytes of every key but those that changed", async () => {
    const outs = await created();
    const news = inputs({
      data: { "nats.creds": "next", "U1.200.creds": "next", "U1.100.creds": "present" },
    });
    expect(await provider.diff("", outs, news)).toMatchObject({ changes: true, replaces: [] });
    const { outs: later } = await provider.update("", outs, news);

    expect(Object.keys(later.encryptedData)).toEqual(["U1.100.creds", "U1.200.creds", "nats.creds"]);
    expect(Object.keys(later.fingerprints)).toEqual(Object.keys(later.encryptedData));
    expect(later.encryptedData["U1.100.creds"]).toBe(outs.encryptedData["U1.100.creds"]);
    for (const key of ["U1.200.creds", "nats.creds"]) {
      expect(unseal(later.encryptedData[key] ?? "", controller.key, "claims/intake-nats-publisher")).toBe(
        "next",
      );
    }
    expect(later.fingerprintKey).toBe(outs.fingerprintKey);
    expect(await provider.diff("", later, news)).toMatchObject({ changes: false });
  });

  it("is sealed anew for another certificate", async () => {
    const outs = await created();
    const news = inputs({ certificate: other.pem });
    expect(await provider.diff("", outs, news)).toMatchObject({ changes: true, replaces: [] });
    const { outs: later } = await provider.update("", outs, news);
    for (const [key, sealed] of Object.entries(later.encryptedData)) {
      expect(unseal(sealed, other.key, "claims/intake-nats-publisher")).toBe(inputs().data[key]);
    }
  });

  it.each([
    { namespace: "quoting" },
    { name: "other" },
    { namespace: UNKNOWN },
  ])("is another resource as %j", async (changes) => {
    const outs = await created();
    expect(await provider.diff("", outs, inputs(changes))).toMatchObject({
      changes: true,
      replaces: ["namespace", "name"],
    });
  });

  it("changes when a value is not known yet", async () => {
    const outs = await created();
    const unknown = { ...inputs(), data: UNKNOWN } as unknown as SealedSecretDataInputs;
    expect(await provider.diff("", outs, unknown)).toMatchObject({ changes: true, replaces: [] });
  });

  it("survives a key that every object has", async () => {
    const data = JSON.parse('{"__proto__": "a", "constructor": "b"}') as Record<string, string>;
    const outs = await created({ data });
    expect(Object.keys(outs.encryptedData)).toEqual(["__proto__", "constructor"]);
    expect(await provider.diff("", outs, inputs({ data }))).toMatchObject({ changes: false });
  });
});

describe("the certificate", () => {
  const mistakes: [string, () => string, RegExp][] = [
    ["nothing", () => "", /must be a certificate in PEM form/],
    ["a path", () => "certificates/dev.pem", /must be a certificate in PEM form/],
    ["a broken one", () => controller.pem.replace(/[A-Z]{3}/, "!!!"), /must be a certificate in PEM form/],
    ["half of one", () => controller.pem.slice(0, 300), /must be a certificate in PEM form/],
    [
      "a private key",
      () => `${controller.pem}\n${pem(controller.key)}`,
      /holds a private key.*kubeseal --fetch-cert/,
    ],
    ["one of an elliptic key", () => elliptic.pem, /must be of an RSA key.*"ec"/],
    ["one of a short key", () => short.pem, /2048 bits or more; this one has 1024/],
    ["an expired one", () => expired.pem, /expired at 2026-11-20T23:59:59\.000Z.*kubeseal --fetch-cert/],
  ];

  it.each(mistakes)("must not be %s", async (_, certificate, reason) => {
    const news = inputs({ certificate: certificate(), data: { key: CANARY } });
    const { failures } = await provider.check({}, news);
    expect(failures).toEqual([{ property: "", reason: expect.stringMatching(reason) as string }]);
    expect(failures[0]?.reason).toMatch(/^certificate /);
    const refusal = await provider.create(news).then(() => "", String);
    expect(refusal).toMatch(reason);
    expect(refusal).toMatch(/The Secret claims\/intake-nats-publisher cannot be sealed/);
    expect(`${refusal}${JSON.stringify(failures)}`).not.toContain(CANARY);
  });

  it("says nothing of a private key that was given in its place", async () => {
    const news = inputs({ certificate: pem(controller.key) });
    const { failures } = await provider.check({}, news);
    expect(JSON.stringify(failures)).not.toContain(pem(controller.key).split("\n")[1]);
  });

  it("may be expired where nothing is sealed", async () => {
    const news = inputs({ certificate: expired.pem });
    expect((await provider.check(structuredClone(news), news)).failures).toEqual([]);
    const changed = { ...news, data: { ...news.data, more: "value" } };
    expect((await provider.check(news, changed)).failures).toHaveLength(1);
    const unknown = { ...news, data: UNKNOWN } as unknown as SealedSecretDataInputs;
    expect((await provider.check(news, unknown)).failures).toHaveLength(1);
  });
});

describe("the declaration", () => {
  const mistakes: [Record<string, unknown>, RegExp][] = [
    [{ namespace: "" }, /namespace must not be empty/],
    [{ name: " " }, /name must not be empty/],
    [{ data: {} }, /data must hold at least one value/],
    [{ data: CANARY }, /data must be a map of texts/],
    [{ data: [CANARY] }, /data must be a map of texts/],
    [{ data: { "a/b": CANARY } }, /data\["a\/b"\] must have a key of a Secret/],
    [{ data: { "..": CANARY } }, /data\["\.\."\] must have a key of a Secret/],
    [{ data: { a: { b: CANARY } } }, /data\["a"\] must be text/],
  ];

  it.each(mistakes)("%j is refused", async (changes, reason) => {
    const news = { ...inputs(), ...changes } as SealedSecretDataInputs;
    const { failures } = await provider.check({}, news);
    expect(failures).toEqual([{ property: "", reason: expect.stringMatching(reason) as string }]);
    expect(JSON.stringify(failures)).not.toContain(CANARY);
  });

  it("is not judged where it is not known", async () => {
    const unknown = { namespace: UNKNOWN, name: UNKNOWN, certificate: UNKNOWN, data: UNKNOWN };
    const { failures } = await provider.check({}, unknown as unknown as SealedSecretDataInputs);
    expect(failures).toEqual([]);
  });
});

function pem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}
