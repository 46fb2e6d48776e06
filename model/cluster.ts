import { z } from "zod";
import { canonicalCidr, formatCidr, isPrivate, parseCidr } from "./cidr.ts";
import { isSupported, KUBERNETES_VERSIONS } from "./kubernetes-version.ts";
import { distinctList, flag, integer, text } from "./schema/field.ts";
import { labelsSchema } from "./schema/labels.ts";
import { name } from "./schema/name.ts";
import type { DeepReadonly } from "./schema/readonly.ts";

/** An EC2 instance type of the Graviton family: a `g` after the generation ("m7g", "c7gn"), or the first generation, "a1". */
const GRAVITON = /^(?:a1|[a-z]+\d+[a-z]*g[a-z]*)\./;

/** Whether instances of an EC2 type have Graviton processors, arm64; all others are x86_64. */
export function isGraviton(instanceType: string): boolean {
  return GRAVITON.test(instanceType);
}

/** What is wrong with the CIDR of a VPC. AWS allows /16 to /28; of a /22, the smallest of nine subnets is a /28, AWS's smallest. */
function wrongVpcCidr(value: string): string | undefined {
  const cidr = parseCidr(value);
  if (cidr === undefined) return "is not an IPv4 block";
  if (cidr.prefix < 16 || cidr.prefix > 22) return `has a prefix of ${cidr.prefix} bits`;
  if (!isPrivate(cidr)) return "has public addresses";
  const canonical = canonicalCidr(cidr);
  return canonical.first === cidr.first
    ? undefined
    : `does not begin at its block's first address, which makes it ${formatCidr(canonical)}`;
}

/** The periods that CloudWatch Logs can keep a log for, in days. */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

function retentionDays(what: string) {
  return z.literal(RETENTION_DAYS).meta({
    description: `How many days the ${what} are kept.`,
    expected: `a period of CloudWatch Logs in days: ${RETENTION_DAYS.join(", ")}`,
  });
}

const networkSchema = z
  .strictObject({
    cidr: text({
      description:
        "IPv4 block of the cluster's VPC. The blocks of an environment's clusters must not overlap, so that they can be peered.",
      expected: "a private IPv4 block with a prefix of 16 to 22 bits, such as 10.20.0.0/16",
      wrong: wrongVpcCidr,
    }),
    zones: z.literal([2, 3]).meta({
      description: "Number of availability zones that the subnets are spread over.",
      expected: "2 or 3",
    }),
    natGateways: z.enum(["single", "perZone"]).meta({
      description:
        "`single`: one NAT gateway for all zones, cheaper, gone with its zone. `perZone`: one in each zone, for production.",
      expected: "single or perZone",
    }),
    interfaceEndpoints: z
      .enum(["none", "standard"])
      .meta({
        description:
          "`none`: AWS's services are reached through NAT. `standard`: ECR, STS, EKS, EC2, CloudWatch Logs, SQS, SSM, Secrets Manager, KMS and Elastic Load Balancing are reached inside the VPC, by endpoints that cost by the hour in each zone. S3 always has an endpoint, which costs nothing.",
        expected: "none or standard",
      })
      .default("none"),
    flowLogs: z
      .strictObject({ retentionDays: retentionDays("flow logs") })
      .meta({
        description: "Records what talks to what in the VPC, in CloudWatch Logs. None without this field.",
        expected: "a map with the field retentionDays",
      })
      .optional(),
  })
  .meta({
    description: "The VPC of the cluster.",
    expected:
      "a map with the fields cidr, zones and natGateways, and if need be interfaceEndpoints and flowLogs",
  });

const nodesSchema = z
  .strictObject({
    instanceTypes: distinctList(
      text({
        description: "An EC2 instance type.",
        expected: "an EC2 instance type, such as m7i.large",
        pattern: /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/,
      }),
      {
        description:
          "EC2 instance types of the nodes, the preferred one first. All of one processor architecture.",
        expected: "a list of EC2 instance types, such as [m7i.large]",
      },
    ).superRefine((types, context) => {
      const graviton = types.filter(isGraviton);
      if (graviton.length > 0 && graviton.length < types.length) {
        context.addIssue({
          code: "custom",
          message: `mixes arm64 (${graviton.join(", ")}) with x86_64, which one node group cannot have`,
          params: { expected: "types of one processor architecture" },
        });
      }
    }),
    min: integer({
      description: "Fewest nodes.",
      expected: "a whole number from 1 to 450",
      minimum: 1,
      maximum: 450,
    }),
    max: integer({
      description: "Most nodes. At least `min`.",
      expected: "a whole number from 1 to 450, not less than min",
      minimum: 1,
      maximum: 450,
    }),
  })
  .superRefine(({ min, max }, context) => {
    if (max < min) {
      context.addIssue({ code: "custom", path: ["max"], message: `is less than min, which is ${min}` });
    }
  })
  .meta({
    description: "The managed node group of the cluster.",
    expected: "a map with the fields instanceTypes, min and max",
  });

/** What is wrong with a block of addresses from which the API server is to be reached over the internet. */
function wrongPublicAccessCidr(value: string): string | undefined {
  const cidr = parseCidr(value);
  if (cidr === undefined) return "is not an IPv4 block";
  if (isPrivate(cidr)) return "has private addresses, which nobody has on the internet";
  const canonical = canonicalCidr(cidr);
  return canonical.first === cidr.first
    ? undefined
    : `does not begin at its block's first address, which makes it ${formatCidr(canonical)}`;
}

const endpointSchema = z
  .strictObject({
    access: z
      .enum(["private", "public"])
      .meta({
        description:
          "`private`: the API server is reached from the VPC and from networks that are connected to it. `public`: also over the internet, from `publicAccessCidrs`; nodes stay inside the VPC.",
        expected: "private or public",
      })
      .default("private"),
    publicAccessCidrs: distinctList(
      text({
        description: "An IPv4 block.",
        expected: "an IPv4 block of public addresses, such as 203.0.113.0/24",
        wrong: wrongPublicAccessCidr,
      }),
      {
        description:
          "IPv4 blocks from which the API server is reached over the internet; everybody who gets in still needs an access entry. The whole internet, `0.0.0.0/0`, only if it is written here. Required with access `public`, and only then.",
        expected: "a list of IPv4 blocks, such as [203.0.113.0/24]",
      },
    ).optional(),
  })
  .superRefine(({ access, publicAccessCidrs }, context) => {
    if (access === "public" && publicAccessCidrs === undefined) {
      context.addIssue({
        code: "custom",
        path: ["publicAccessCidrs"],
        message: "is missing",
      });
    }
    if (access === "private" && publicAccessCidrs !== undefined) {
      const message = "opens nothing, since access is private";
      const params = { expected: "access public, or no publicAccessCidrs" };
      context.addIssue({ code: "custom", path: ["publicAccessCidrs"], message, params });
    }
  })
  .meta({
    description: "Who can reach the API server of the cluster. Nodes and pods always do.",
    expected: "a map with the fields access and, if it is public, publicAccessCidrs",
  });

/** The kinds of logs that a control plane writes. */
const CONTROL_PLANE_LOGS = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

const controlPlaneLogsSchema = z
  .strictObject({
    types: distinctList(
      text({
        description: "A kind of log.",
        expected: `one of ${CONTROL_PLANE_LOGS.join(", ")}`,
        pattern: new RegExp(`^(?:${CONTROL_PLANE_LOGS.join("|")})$`),
      }),
      {
        description:
          "The kinds of logs that the control plane writes to CloudWatch Logs. All without this field.",
        expected: `a list of ${CONTROL_PLANE_LOGS.join(", ")}`,
      },
    ).default(CONTROL_PLANE_LOGS),
    retentionDays: retentionDays("logs of the control plane").default(90),
  })
  .meta({
    description: "The logs of the control plane.",
    expected: "a map with the fields types and retentionDays",
  });

/** Schema of one cluster of an environment. */
export const clusterSchema = z
  .strictObject({
    name: name("Name of the cluster within its environment. Teams place workloads by it.", "workload-a"),
    kubernetesVersion: text({
      description:
        "Kubernetes version of control plane, nodes and add-ons. It goes up by one minor version at a time, the platform cluster's first.",
      expected: `a minor version of Kubernetes that is supported: ${KUBERNETES_VERSIONS.map((version) => `"${version}"`).join(", ")}`,
      pattern: /^1\.[1-9]\d$/,
      wrong: (version) => (isSupported(version) ? undefined : "is not supported"),
    }),
    labels: labelsSchema(
      "Labels that teams select clusters by, and that decide which tools a cluster gets.",
    ).default({}),
    network: networkSchema,
    nodes: nodesSchema,
    endpoint: endpointSchema.prefault({}),
    administrators: distinctList(
      text({
        description: "The ARN of an IAM role.",
        expected: "the ARN of an IAM role, such as arn:aws:iam::111122223333:role/platform-engineer",
        pattern: /^arn:aws(?:-cn|-us-gov)?:iam::\d{12}:role\/[\w+=,.@/-]+$/,
      }),
      {
        description:
          "IAM roles that administer the cluster, each by an access entry of EKS. None but the one that deploys the cluster without this field.",
        expected: "a list of ARNs of IAM roles",
      },
    ).default([]),
    deletionProtection: flag(
      "Whether EKS refuses to delete the cluster. To remove a cluster, set it to false and bring the cluster up first.",
    ).default(true),
    controlPlaneLogs: controlPlaneLogsSchema.prefault({}),
  })
  .meta({
    description: "A cluster.",
    expected:
      "a map with the fields name, kubernetesVersion, network and nodes, and if need be labels, endpoint, administrators, deletionProtection and controlPlaneLogs",
  });

/** One EKS cluster of an environment, with its network and its nodes. */
export interface ClusterSpec extends DeepReadonly<z.output<typeof clusterSchema>> {}
