import { type Cidr, canonicalCidr, cidrSize, formatCidr, parseCidr } from "../../model/cidr.ts";

/** The subnets of one availability zone. */
export interface ZoneSubnets {
  /** `a`, `b` or `c`: the zone's place in the plan, not its name in AWS. */
  readonly zone: string;
  /** CIDR block of the subnet for nodes and pods. */
  readonly privateCidr: string;
  /** CIDR block of the subnet for load balancers and NAT gateways. */
  readonly publicCidr: string;
  /** CIDR block of the subnet without a way out, for the network interfaces of the control plane. */
  readonly intraCidr: string;
}

/** A plan holds room for this many zones whether they are used or not, so that a third one can join later. */
const ZONES = ["a", "b", "c"] as const;

/** The largest and the smallest block that can be divided, by its bits: AWS has no larger VPC, and no subnet smaller than /28. */
export const VPC_PREFIXES = { least: 16, most: 22 } as const;

/**
 * Divides a VPC's block: a quarter of the addresses for the private subnet of each of three zones; of the last quarter, a quarter
 * for the public subnet of each; and of what is left, a quarter for the intra subnet of each. A `10.20.0.0/16` has private
 * subnets of 16,384 addresses, public ones of 4,096 and intra ones of 1,024.
 *
 * @param cidr a block of 16 to 22 bits
 * @throws Error if it is none; input files are checked for it
 */
export function planSubnets(cidr: string, zones: 2 | 3): readonly ZoneSubnets[] {
  const parsed = parseCidr(cidr);
  if (parsed === undefined || parsed.prefix < VPC_PREFIXES.least || parsed.prefix > VPC_PREFIXES.most) {
    throw new Error(
      `"${cidr}" cannot be divided into subnets: expected a block of ${VPC_PREFIXES.least} to ${VPC_PREFIXES.most} bits.`,
    );
  }
  const quarters = quartersOf(canonicalCidr(parsed));
  const sixteenths = quartersOf(quarters[3]);
  const rest = quartersOf(sixteenths[3]);
  return ZONES.slice(0, zones).map((zone, index) => ({
    zone,
    privateCidr: formatCidr(at(quarters, index)),
    publicCidr: formatCidr(at(sixteenths, index)),
    intraCidr: formatCidr(at(rest, index)),
  }));
}

function quartersOf({ first, prefix }: Cidr): readonly [Cidr, Cidr, Cidr, Cidr] {
  const size = cidrSize({ first, prefix: prefix + 2 });
  const quarter = (index: number): Cidr => ({ first: first + index * size, prefix: prefix + 2 });
  return [quarter(0), quarter(1), quarter(2), quarter(3)];
}

function at(blocks: readonly [Cidr, Cidr, Cidr, Cidr], index: number): Cidr {
  return blocks[index] ?? blocks[3];
}
