import { type CheckedResource, type Finding, type PolicyRule, UNKNOWN } from "../checked-resource.ts";
import { inputAt, isRecord, listOf, shown } from "../inputs.ts";

const EVERYBODY: readonly unknown[] = ["0.0.0.0/0", "::/0"];

function clusterEndpoint({ inputs }: CheckedResource): readonly Finding[] {
  const findings: Finding[] = [];
  const isPrivate = inputAt(inputs, "vpcConfig.endpointPrivateAccess");
  if (isPrivate !== true && isPrivate !== UNKNOWN) {
    findings.push({
      path: "vpcConfig.endpointPrivateAccess",
      problem: shown(isPrivate),
      expected: "true",
      wayOut: "Leave it on: without it nodes reach the API server through the internet.",
    });
  }
  // AWS makes the endpoint public unless told otherwise.
  const isPublic = inputAt(inputs, "vpcConfig.endpointPublicAccess");
  if (isPublic === false || isPublic === UNKNOWN) return findings;
  const path = "vpcConfig.publicAccessCidrs";
  const cidrs = inputAt(inputs, path);
  const wayOut =
    "Set endpoint.access: private of the cluster in the environment file, or name the blocks in endpoint.publicAccessCidrs.";
  if (cidrs === UNKNOWN) return findings;
  if (listOf(cidrs).length === 0) {
    const problem = "is not set, which lets everybody reach the API server";
    findings.push({ path, problem, expected: "the blocks that may reach it", wayOut });
  } else if (listOf(cidrs).some((cidr) => EVERYBODY.includes(cidr))) {
    const problem = "lets everybody reach the API server, as is written there";
    findings.push({ path, problem, expected: "the blocks that have to reach it", wayOut, advisory: true });
  }
  return findings;
}

const CLOSED_TO_EVERYBODY = {
  expected: "blocks that are known, or another security group",
  wayOut: "Let traffic in through a load balancer, and name its security group.",
};

function open(value: unknown, path: string): readonly Finding[] {
  const everybody = [value, ...listOf(value)].find((cidr) => EVERYBODY.includes(cidr));
  if (everybody === undefined) return [];
  return [{ path, problem: `has ${JSON.stringify(everybody)}, which is everybody`, ...CLOSED_TO_EVERYBODY }];
}

function securityGroup({ inputs }: CheckedResource): readonly Finding[] {
  return listOf(inputs["ingress"]).flatMap((rule, index) =>
    ["cidrBlocks", "ipv6CidrBlocks"].flatMap((key) => open(inputAt(rule, key), `ingress.${index}.${key}`)),
  );
}

function securityGroupRule({ inputs }: CheckedResource): readonly Finding[] {
  if (inputs["type"] !== "ingress") return [];
  return ["cidrBlocks", "ipv6CidrBlocks"].flatMap((key) => open(inputs[key], key));
}

function ingressRule({ inputs }: CheckedResource): readonly Finding[] {
  return ["cidrIpv4", "cidrIpv6"].flatMap((key) => open(inputs[key], key));
}

function noPublicAddress(value: unknown, path: string): readonly Finding[] {
  if (value !== true && value !== "true") return [];
  const wayOut = "Leave it out: nodes and pods leave through NAT, and nothing reaches them from outside.";
  return [{ path, problem: "gives machines public addresses", expected: "false", wayOut }];
}

const CHECKS: Readonly<Record<string, (resource: CheckedResource) => readonly Finding[]>> = {
  "aws:eks/cluster:Cluster": clusterEndpoint,
  "aws:ec2/securityGroup:SecurityGroup": securityGroup,
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": securityGroup,
  "aws:ec2/securityGroupRule:SecurityGroupRule": securityGroupRule,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ingressRule,
  "aws:ec2/subnet:Subnet": ({ inputs }) =>
    noPublicAddress(inputs["mapPublicIpOnLaunch"], "mapPublicIpOnLaunch"),
  "aws:ec2/launchTemplate:LaunchTemplate": ({ inputs }) =>
    listOf(inputs["networkInterfaces"]).flatMap((networkInterface, index) =>
      isRecord(networkInterface)
        ? noPublicAddress(
            networkInterface["associatePublicIpAddress"],
            `networkInterfaces.${index}.associatePublicIpAddress`,
          )
        : [],
    ),
};

/** Nothing can be reached from everywhere unless somebody wrote so. */
export const publicAccess: PolicyRule = {
  name: "public-access",
  description:
    "A public endpoint names who may reach it; no security group lets everybody in; no machine has a public address.",
  check: (resource) => CHECKS[resource.type]?.(resource) ?? [],
};
