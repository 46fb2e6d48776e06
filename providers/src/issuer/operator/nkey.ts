import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign, verify } from "node:crypto";

/** What an nkey is for: the first letter of its public key, and the second of its seed. */
export type NkeyKind = "O" | "A" | "U";

/** An Ed25519 key with its private half, in the encoding of NATS. */
export interface Nkey {
  readonly kind: NkeyKind;
  /** `O…`, `A…` or `U…`. */
  readonly publicKey: string;
  /** `SO…`, `SA…` or `SU…`. Secret. */
  readonly seed: string;
  sign(data: Uint8Array): Uint8Array;
}

/** What comes before the 32 bytes of a key in the formats that Node.js reads (RFC 8410). */
const PKCS8_HEADER = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_HEADER = Buffer.from("302a300506032b6570032100", "hex");

const PREFIXES = { O: 112, A: 0, U: 160 } as const satisfies Record<NkeyKind, number>;

/**
 * Reads a seed.
 *
 * @returns `undefined` when it is none of an operator, an account or a user
 */
export async function nkeyFromSeed(seed: string): Promise<Nkey | undefined> {
  const kind = /^S([OAU])[A-Z2-7]{56}$/.exec(seed)?.[1] as NkeyKind | undefined;
  if (kind === undefined) return undefined;
  try {
    const { buf } = (await codec()).decodeSeed(Buffer.from(seed));
    return await nkey(kind, buf, seed);
  } catch {
    // The checksum is wrong: a character was lost or changed.
    return undefined;
  }
}

/** A new nkey of a user. */
export async function createUserNkey(): Promise<Nkey> {
  const raw = randomBytes(32);
  return nkey("U", raw, text((await codec()).encodeSeed(PREFIXES.U, raw)));
}

/** Whether the holder of `publicKey` signed the data. */
export async function isSignedBy(
  publicKey: string,
  data: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const kind = /^[OAU]/.exec(publicKey)?.[0] as NkeyKind | undefined;
  if (kind === undefined) return false;
  try {
    const raw = (await codec()).decode(PREFIXES[kind], Buffer.from(publicKey));
    const key = createPublicKey({ key: Buffer.concat([SPKI_HEADER, raw]), format: "der", type: "spki" });
    return verify(null, data, key, signature);
  } catch {
    return false;
  }
}

async function nkey(kind: NkeyKind, raw: Uint8Array, seed: string): Promise<Nkey> {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEADER, raw]), format: "der", type: "pkcs8" });
  const publicKey = text((await codec()).encode(PREFIXES[kind], rawPublicKey(key)));
  return { kind, publicKey, seed, sign: (data) => sign(null, data, key) };
}

function rawPublicKey(key: KeyObject): Uint8Array {
  return createPublicKey(key).export({ format: "der", type: "spki" }).subarray(SPKI_HEADER.length);
}

/** Only the encoding: the library's own signatures, in JavaScript, take some hundred times as long as those of Node.js. */
async function codec() {
  return (await import("@nats-io/nkeys/lib/codec.js")).Codec;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("ascii");
}
