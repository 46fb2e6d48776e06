import type { ResourceRules } from "../resource-rule.ts";

const ZONE = "aws:route53/zone:Zone";

/** Source: Amazon Route 53 API reference; types and outputs of @pulumi/aws 7. */
export const route53: ResourceRules = {
  [ZONE]: {
    name: "name",
    unique: [],
    global: true,
    id: (scope) => `Z${scope.letters(20)}`,
    outputs: (scope) => ({
      zoneId: scope.id,
      arn: `arn:${scope.partition}:route53:::hostedzone/${scope.id}`,
      nameServers: ["ns-1.awsdns-01.com", "ns-2.awsdns-02.net"],
      primaryNameServer: "ns-1.awsdns-01.com",
    }),
    immutable: ["name"],
  },
  "aws:route53/record:Record": {
    unique: ["zoneId", "name", "type", "setIdentifier"],
    global: true,
    untagged: true,
    id: (scope) => `${scope.text("zoneId")}_${scope.text("name")}_${scope.text("type")}`,
    outputs: (scope) => ({ fqdn: scope.text("name") }),
    required: ["name", "type", "zoneId"],
    immutable: ["zoneId", "name", "type", "setIdentifier"],
    references: { zoneId: { to: [ZONE], blocksDeletion: true } },
  },
};
