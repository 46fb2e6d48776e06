import { createHash } from "node:crypto";
import type { Properties } from "../plugin/property-values.ts";
import type { Caller } from "./caller.ts";
import { renderPolicyDocument } from "./policy-rendering.ts";

/** Regions that have other than three zones for a new account. Source: AWS regional infrastructure pages. */
const ZONES: Readonly<Record<string, string>> = {
  "us-east-1": "abcdef",
  "us-west-2": "abcd",
  "us-west-1": "ac",
  "ap-northeast-1": "acd",
};

type AwsFunction = (caller: Caller, args: Properties) => Properties;

const FUNCTIONS: Readonly<Record<string, AwsFunction>> = {
  "aws:index/getCallerIdentity:getCallerIdentity": (caller) => ({
    accountId: caller.account,
    arn: `arn:${caller.partition}:iam::${caller.account}:user/haulway-stand-in`,
    id: caller.account,
    userId: "AIDASTANDIN",
  }),
  "aws:index/getPartition:getPartition": (caller) => {
    const suffix = caller.partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
    return {
      dnsSuffix: suffix,
      id: caller.partition,
      partition: caller.partition,
      reverseDnsPrefix: suffix.split(".").reverse().join("."),
    };
  },
  "aws:index/getRegion:getRegion": (caller, args) => {
    const region = text(args["region"]) ?? text(args["name"]) ?? caller.region;
    return { description: region, endpoint: `ec2.${region}.amazonaws.com`, id: region, name: region, region };
  },
  "aws:index/getAvailabilityZones:getAvailabilityZones": (caller, args) => {
    const region = text(args["region"]) ?? caller.region;
    const excluded = [args["excludeNames"]].flat();
    const letters = (ZONES[region] ?? "abc")
      .split("")
      .filter((letter) => !excluded.includes(`${region}${letter}`));
    return {
      ...args,
      groupNames: [region],
      id: region,
      names: letters.map((letter) => `${region}${letter}`),
      region,
      zoneIds: letters.map((_, index) => `${shortName(region)}-az${index + 1}`),
    };
  },
  "aws:iam/getPolicyDocument:getPolicyDocument": (_, args) => {
    const json = renderPolicyDocument(args);
    const minifiedJson = JSON.stringify(JSON.parse(json));
    const id = createHash("sha256").update(json).digest().readUInt32BE(0).toString();
    return { ...args, id, json, minifiedJson };
  },
};

/**
 * Answers a function of the provider.
 * @throws Error for one that the stand-in does not have: it never invents an answer.
 */
export function callFunction(caller: Caller, token: string, args: Properties): Properties {
  const call = FUNCTIONS[token];
  if (call === undefined) {
    const known = Object.keys(FUNCTIONS).map((name) => name.split(":").at(-1));
    throw new Error(`The function ${token} is not in the stand-in for AWS, which has: ${known.join(", ")}.`);
  }
  return call(caller, args);
}

/** `euc1` of `eu-central-1`, as in zone ids. */
function shortName(region: string): string {
  const [area, ...rest] = region.split("-");
  return `${area}${rest.map((part) => part.charAt(0)).join("")}`;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
