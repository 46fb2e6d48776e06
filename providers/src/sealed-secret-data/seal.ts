import { constants, createCipheriv, type KeyObject, publicEncrypt, randomBytes } from "node:crypto";

const SESSION_KEY_BYTES = 32;

/** Every session key encrypts one value, so that the nonce need not differ. */
const NONCE = Buffer.alloc(12);

/**
 * A value sealed in strict scope, base64, as kubeseal seals it: only the holder of the private key can read it, and only as
 * part of the Secret `name` in `namespace`. Sealing the same value twice gives different text.
 *
 * Format (sealed-secrets, docs/developer/crypto.md): the length of the encrypted session key in two bytes, the session key
 * by RSA-OAEP with SHA-256 and the label `<namespace>/<name>`, the value by AES-256-GCM with its tag.
 *
 * @param value UTF-8
 */
export function seal(value: string, publicKey: KeyObject, namespace: string, name: string): string {
  const sessionKey = randomBytes(SESSION_KEY_BYTES);
  const encryptedKey = publicEncrypt(
    {
      key: publicKey,
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash: "sha256",
      oaepLabel: Buffer.from(`${namespace}/${name}`),
    },
    sessionKey,
  );
  const cipher = createCipheriv("aes-256-gcm", sessionKey, NONCE);
  const encrypted = [cipher.update(value, "utf8"), cipher.final(), cipher.getAuthTag()];
  const length = Buffer.alloc(2);
  length.writeUInt16BE(encryptedKey.length);
  return Buffer.concat([length, encryptedKey, ...encrypted]).toString("base64");
}
