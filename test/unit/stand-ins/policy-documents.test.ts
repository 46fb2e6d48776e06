import { describe, expect, it } from "vitest";
import { trusts } from "../../../local/stand-ins/aws/policy-documents.ts";
import { renderPolicyDocument } from "../../../local/stand-ins/aws/policy-rendering.ts";

const HUB = "arn:aws:iam::111122223333:role/hub";

describe("rendering a policy document", () => {
  it("unwraps single values, sorts lists, and leaves out what is absent", () => {
    const json = renderPolicyDocument({
      statements: [
        {
          sid: "Read",
          actions: ["s3:GetObject", "s3:ListBucket"],
          resources: ["arn:aws:s3:::claims"],
          conditions: [{ test: "StringEquals", variable: "aws:PrincipalTag/team", values: ["claims"] }],
        },
        {
          effect: "Deny",
          principals: [
            { type: "AWS", identifiers: ["b", "a"] },
            { type: "Service", identifiers: ["eks.amazonaws.com"] },
          ],
          notActions: ["s3:*"],
        },
        { principals: [{ type: "*", identifiers: ["*"] }], actions: ["s3:GetObject"], resources: ["*"] },
      ],
    });
    expect(JSON.parse(json)).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "Read",
          Effect: "Allow",
          Action: ["s3:ListBucket", "s3:GetObject"],
          Resource: "arn:aws:s3:::claims",
          Condition: { StringEquals: { "aws:PrincipalTag/team": "claims" } },
        },
        { Effect: "Deny", Principal: { AWS: ["b", "a"], Service: "eks.amazonaws.com" }, NotAction: "s3:*" },
        { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "*" },
      ],
    });
  });

  it("puts statements on top of their sources, and overrides by Sid", () => {
    const source = JSON.stringify({
      Statement: [
        { Sid: "A", Effect: "Allow", Action: "a" },
        { Sid: "B", Effect: "Allow", Action: "b" },
      ],
    });
    const override = JSON.stringify({ Statement: [{ Sid: "B", Effect: "Deny", Action: "b" }] });
    const json = renderPolicyDocument({
      sourcePolicyDocuments: [source],
      overridePolicyDocuments: [override],
      statements: [{ sid: "C", actions: ["c"] }],
    });
    expect((JSON.parse(json) as { Statement: object[] }).Statement).toEqual([
      { Sid: "A", Effect: "Allow", Action: "a" },
      { Sid: "B", Effect: "Deny", Action: "b" },
      { Sid: "C", Effect: "Allow", Action: "c" },
    ]);
  });
});

describe("trust", () => {
  const both = ["sts:AssumeRole", "sts:TagSession"];

  it.each([
    ["the role itself", { Effect: "Allow", Principal: { AWS: HUB }, Action: both }, true],
    [
      "its account",
      { Effect: "Allow", Principal: { AWS: "arn:aws:iam::111122223333:root" }, Action: both },
      true,
    ],
    [
      "one of several",
      { Effect: "Allow", Principal: { AWS: ["arn:aws:iam::1:role/x", HUB] }, Action: both },
      true,
    ],
    ["no tagged sessions", { Effect: "Allow", Principal: { AWS: HUB }, Action: "sts:AssumeRole" }, false],
    ["another role", { Effect: "Allow", Principal: { AWS: `${HUB}-2` }, Action: both }, false],
    ["a service", { Effect: "Allow", Principal: { Service: "eks.amazonaws.com" }, Action: both }, false],
    ["a denial", { Effect: "Deny", Principal: { AWS: HUB }, Action: both }, false],
  ])("in %s", (_, statement, expected) => {
    expect(trusts(JSON.stringify({ Statement: [statement] }), HUB, both)).toBe(expected);
  });

  it("is not in text that is no policy", () => {
    expect(trusts("not a policy", HUB, both)).toBe(false);
  });
});
