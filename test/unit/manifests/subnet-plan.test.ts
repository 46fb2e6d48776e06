import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planSubnets } from "../../../manifests/network/subnet-plan.ts";
import { type Cidr, cidrSize, formatCidr, overlaps, parseCidr } from "../../../model/cidr.ts";

function parsed(cidr: string): Cidr {
  const value = parseCidr(cidr);
  if (value === undefined) throw new Error(cidr);
  return value;
}

describe("planSubnets", () => {
  test("gives most addresses to the private subnets", () => {
    expect(planSubnets("10.20.0.0/16", 3)).toEqual([
      { zone: "a", privateCidr: "10.20.0.0/18", publicCidr: "10.20.192.0/20", intraCidr: "10.20.240.0/22" },
      { zone: "b", privateCidr: "10.20.64.0/18", publicCidr: "10.20.208.0/20", intraCidr: "10.20.244.0/22" },
      { zone: "c", privateCidr: "10.20.128.0/18", publicCidr: "10.20.224.0/20", intraCidr: "10.20.248.0/22" },
    ]);
  });

  test("leaves room for a third zone: the first two stay where they are", () => {
    expect(planSubnets("10.20.0.0/16", 3).slice(0, 2)).toEqual(planSubnets("10.20.0.0/16", 2));
  });

  test("keeps subnets inside the VPC, apart from each other, on their own boundaries and large enough for AWS", () => {
    const vpcs = fc.record({
      first: fc.integer({ min: 0, max: 255 }),
      prefix: fc.integer({ min: 16, max: 22 }),
    });
    fc.assert(
      fc.property(vpcs, fc.constantFrom(2 as const, 3 as const), ({ first, prefix }, zones) => {
        const vpc: Cidr = { first: 10 * 2 ** 24 + first * 2 ** 16, prefix };
        const plan = planSubnets(formatCidr(vpc), zones);
        const subnets = plan.flatMap(({ privateCidr, publicCidr, intraCidr }) =>
          [privateCidr, publicCidr, intraCidr].map(parsed),
        );
        expect(subnets).toHaveLength(zones * 3);
        for (const [index, subnet] of subnets.entries()) {
          expect(subnet.first).toBeGreaterThanOrEqual(vpc.first);
          expect(subnet.first + cidrSize(subnet)).toBeLessThanOrEqual(vpc.first + cidrSize(vpc));
          expect(subnet.first % cidrSize(subnet)).toBe(0);
          expect(cidrSize(subnet)).toBeGreaterThanOrEqual(16);
          expect(subnets.slice(index + 1).some((other) => overlaps(subnet, other))).toBe(false);
        }
      }),
    );
  });

  test.each(["10.0.0.0/23", "10.0.0.0/15", "10.0.0.0", "nonsense"])("refuses %s", (cidr) => {
    expect(() => planSubnets(cidr, 2)).toThrow(`"${cidr}" cannot be divided into subnets`);
  });
});
