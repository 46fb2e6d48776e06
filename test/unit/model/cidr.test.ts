import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Cidr,
  canonicalCidr,
  cidrSize,
  formatCidr,
  isPrivate,
  overlaps,
  parseCidr,
} from "../../../model/cidr.ts";

const cidr = fc
  .record({ first: fc.nat(2 ** 32 - 1), prefix: fc.integer({ min: 1, max: 32 }) })
  .map(canonicalCidr);

function holds(block: Cidr, address: number): boolean {
  return Math.floor(block.first / cidrSize(block)) === Math.floor(address / cidrSize(block));
}

describe("CIDR blocks", () => {
  it.each([
    "10.0.0.0",
    "10.0.0.0/33",
    "256.0.0.0/8",
    "10.0.0/16",
    "10.0.0.0/",
    "::/0",
    "10.0.0.0/16 ",
    "",
  ])("%j is none", (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });

  it("are read back as they were written", () => {
    fc.assert(
      fc.property(cidr, (block) => {
        expect(parseCidr(formatCidr(block))).toEqual(block);
      }),
    );
  });

  it("overlap if, and only if, one holds the first address of the other", () => {
    fc.assert(
      fc.property(cidr, cidr, (a, b) => {
        expect(overlaps(a, b)).toBe(holds(a, b.first) || holds(b, a.first));
        expect(overlaps(b, a)).toBe(overlaps(a, b));
      }),
    );
  });

  it.each([
    ["10.20.0.0/16", "10.20.255.0/24", true],
    ["10.20.0.0/16", "10.21.0.0/16", false],
    ["10.0.0.0/8", "10.255.255.255/32", true],
    ["255.0.0.0/8", "0.0.0.0/8", false],
  ])("%s and %s: overlap is %s", (one, other, expected) => {
    const [a, b] = [parseCidr(one), parseCidr(other)];
    if (a === undefined || b === undefined) throw new Error("the table has a block that does not parse");
    expect(overlaps(a, b)).toBe(expected);
  });

  it.each([
    ["10.0.0.0/8", true],
    ["10.255.0.0/16", true],
    ["172.16.0.0/12", true],
    ["172.32.0.0/16", false],
    ["192.168.1.0/24", true],
    ["192.168.0.0/15", false],
    ["100.64.0.0/10", true],
    ["100.128.0.0/16", false],
    ["8.8.8.0/24", false],
  ])("%s: private is %s", (text, expected) => {
    const block = parseCidr(text);
    if (block === undefined) throw new Error("the table has a block that does not parse");
    expect(isPrivate(block)).toBe(expected);
  });
});
