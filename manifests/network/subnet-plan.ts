import { canonicalCidr, formatCidr, parseCidr } from "../../model/cidr.ts";

/** The subnets of one availability zone. */
export interface ZoneSubnets {
  /** `a`, `b` or `c`: the zone's place in the plan, not its name in AWS. */
  readonly zone: string;
  /** CIDR block of the subnet for nodes and pods. */
  readonly privateCidr: string;
  /** CIDR block of the subnet for load balancers and NAT gateways. */
  readonly publicCidr: string;
}

/** A plan holds room for this many zones whether they are used or not, so that a third one can join later. */
const ZONES = ["a", "b", "c"] as const;

/**
 * Divides a VPC's block: a quarter of the addresses for the private subnet of each of three zones, and of the last quarter a
 * quarter for the public subnet of each. A `10.20.0.0/16` has private subnets of 16,384 addresses and public ones of 4,096.
 *
 * @param cidr a block of 16 to 24 bits
 * @throws Error if it is none, or too small for subnets of the 16 addresses that AWS demands; input files are checked for it
 */
export function planSubnets(cidr: string, zones: 2 | 3): readonly ZoneSubnets[] {
  const parsed = parseCidr(cidr);
  if (parsed === undefined || parsed.prefix > 24) {
    throw new Error(`"${cidr}" cannot be divided into subnets: expected a block of at most 24 bits.`);
  }
  const vpc = canonicalCidr(parsed);
  const quarter = 2 ** (30 - vpc.prefix);
  const sixteenth = quarter / 4;
  return ZONES.slice(0, zones).map((zone, index) => ({
    zone,
    privateCidr: formatCidr({ first: vpc.first + index * quarter, prefix: vpc.prefix + 2 }),
    publicCidr: formatCidr({ first: vpc.first + 3 * quarter + index * sixteenth, prefix: vpc.prefix + 4 }),
  }));
}
