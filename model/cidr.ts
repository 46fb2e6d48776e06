/** A block of IPv4 addresses: its first address as a number, and the length of its prefix in bits. */
export interface Cidr {
  readonly first: number;
  readonly prefix: number;
}

const CIDR = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/** Reads a block such as `10.20.0.0/16`; undefined if the text is none. The address may lie within the block. */
export function parseCidr(value: string): Cidr | undefined {
  const numbers = CIDR.exec(value)?.slice(1).map(Number);
  if (numbers === undefined) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = numbers;
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) return undefined;
  return { first: ((a * 256 + b) * 256 + c) * 256 + d, prefix };
}

/** How many addresses a block has. */
export function cidrSize(cidr: Cidr): number {
  return 2 ** (32 - cidr.prefix);
}

/** The block that the address of `cidr` lies in, beginning at its first address. */
export function canonicalCidr(cidr: Cidr): Cidr {
  return { ...cidr, first: cidr.first - (cidr.first % cidrSize(cidr)) };
}

/** A block as text, such as `10.20.0.0/16`. */
export function formatCidr(cidr: Cidr): string {
  const octets = [24, 16, 8, 0].map((bits) => Math.floor(cidr.first / 2 ** bits) % 256);
  return `${octets.join(".")}/${cidr.prefix}`;
}

/** Whether two blocks have an address in common. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.first < b.first + cidrSize(b) && b.first < a.first + cidrSize(a);
}

/** The blocks that never lead to the internet: RFC 1918, and RFC 6598 which EKS supports for pods and nodes. */
const PRIVATE_BLOCKS: readonly Cidr[] = [
  { first: 10 * 2 ** 24, prefix: 8 },
  { first: (172 * 256 + 16) * 2 ** 16, prefix: 12 },
  { first: (192 * 256 + 168) * 2 ** 16, prefix: 16 },
  { first: (100 * 256 + 64) * 2 ** 16, prefix: 10 },
];

/** Whether a block lies within the private address ranges. */
export function isPrivate(cidr: Cidr): boolean {
  return PRIVATE_BLOCKS.some(
    (block) => cidr.first >= block.first && cidr.first + cidrSize(cidr) <= block.first + cidrSize(block),
  );
}
