const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** What the first letter of a public key tells. https://github.com/nats-io/nkeys */
const KINDS: ReadonlyMap<string | undefined, string> = new Map([
  ["A", "an account"],
  ["C", "a cluster"],
  ["N", "a server"],
  ["O", "an operator"],
  ["U", "a user"],
  ["X", "a curve"],
]);

/** What is wrong with the public key of a NATS account: its kind, its form, or its checksum. Undefined if nothing is. */
export function wrongAccountKey(key: string): string | undefined {
  if (/^S[ACNOUX][A-Z2-7]+$/.test(key)) return "is a seed: whoever reads the file has the key";
  if (!/^[A-Z2-7]{56}$/.test(key)) return "is not a public nkey";
  const kind = KINDS.get(key[0]);
  if (kind === undefined) return "is not a public nkey";
  if (key[0] !== "A") return `is the public key of ${kind}`;
  return checksumFits(key) ? undefined : "has a typing mistake: its checksum does not fit";
}

/** The last two bytes of a key are the checksum of the others, the lower one first. */
function checksumFits(key: string): boolean {
  const bytes = decodeBase32(key);
  const body = bytes.slice(0, -2);
  return crc16(body) === (bytes.at(-2) ?? 0) + 256 * (bytes.at(-1) ?? 0);
}

/** RFC 4648 without padding. 56 letters are 35 bytes. */
function decodeBase32(text: string): readonly number[] {
  const bytes: number[] = [];
  let buffer = 0;
  let bits = 0;
  for (const letter of text) {
    buffer = (buffer << 5) | ALPHABET.indexOf(letter);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((buffer >> bits) & 0xff);
    buffer &= (1 << bits) - 1;
  }
  return bytes;
}

/** CRC-16 of XMODEM, which nkeys have for a checksum. */
function crc16(bytes: readonly number[]): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = (crc & 0x8000) === 0 ? (crc << 1) & 0xffff : ((crc << 1) ^ 0x1021) & 0xffff;
    }
  }
  return crc;
}
