import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const KSUID_EPOCH_SECONDS = 1_400_000_000;
const LENGTH = 27;

/** An id in the form that the API uses: a KSUID, 27 characters of base 62 over 4 bytes of time and 16 random ones. */
export function ksuid(now: number = Date.now()): string {
  const time = Buffer.alloc(4);
  time.writeUInt32BE(Math.floor(now / 1000) - KSUID_EPOCH_SECONDS);
  let value = BigInt(`0x${Buffer.concat([time, randomBytes(16)]).toString("hex")}`);
  let text = "";
  while (text.length < LENGTH) {
    text = ALPHABET.charAt(Number(value % 62n)) + text;
    value /= 62n;
  }
  return text;
}
