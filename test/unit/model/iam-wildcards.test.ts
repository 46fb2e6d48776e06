import { describe, expect, test } from "vitest";
import {
  isUnboundedResource,
  WILDCARD_ALLOWANCES,
  wildcardAllowance,
  wildcardInAction,
} from "../../../model/iam-wildcards.ts";

describe("an IAM action", () => {
  test.each([
    ["s3:GetObject", undefined],
    ["s3:Get*", undefined],
    ["sts:AssumeRole", undefined],
    ["iam:PassRole", undefined],
    ["*", false],
    ["*:*", false],
    ["s?:GetObject", false],
    ["iam:*", false],
    ["IAM:Pass*", false],
    ["sts:Assume?ole", false],
    ["organizations:*", false],
    ["account:*", false],
    ["s3:*", true],
    ["s3:**", true],
    ["s3:?*", true],
    ["s3:*Object", true],
  ])("%s: can be allowed %s", (action, allowable) => {
    expect(wildcardInAction(action)?.allowable).toBe(allowable);
  });
});

describe("a resource of an IAM statement", () => {
  test.each([
    ["*", true],
    ["arn:aws:s3:::claims-intake", false],
    ["arn:aws:s3:::claims-intake/*", false],
    ["arn:aws:s3:::claims-*", false],
    ["arn:aws:s3:::*", true],
    ["arn:aws:s3:::*/claims", true],
    ["arn:aws:s3:::?laims", true],
    ["arn:aws:sqs:*:*:claims", false],
    ["arn:aws:sqs:eu-central-1:111122223333:*", true],
    ["arn:aws:dynamodb:eu-central-1:111122223333:table/claims", false],
    ["arn:aws:dynamodb:eu-central-1:111122223333:table/*", true],
    ["arn:aws:dynamodb:eu-central-1:111122223333:*/claims", true],
    ["arn:aws:secretsmanager:eu-central-1:111122223333:secret:claims/*", false],
    ["arn:aws:secretsmanager:eu-central-1:111122223333:secret:*", true],
    ["arn:aws:logs:eu-central-1:111122223333:log-group:/claims/*", false],
    ["arn:aws:logs:eu-central-1:111122223333:log-group:/*", true],
    ["arn:aws:iam::111122223333:role/claims", false],
    ["arn:aws:iam::111122223333:role/claims-*", true],
    ["arn:aws:apigateway:eu-central-1::/restapis/a", false],
  ])("%s: unbounded %s", (resource, unbounded) => {
    expect(isUnboundedResource(resource)).toBe(unbounded);
  });
});

describe("an allowance", () => {
  const allowances = [
    { for: "teams", actions: ["s3:*"], resource: "arn:aws:s3:::claims.intake/*", reason: "r" },
  ] as const;

  test.each([
    ["s3:*", "arn:aws:s3:::claims.intake/*", true],
    ["s3:*", "arn:aws:s3:::claims.intake/a", true],
    ["s3:*", "arn:aws:s3:::claimsXintake/*", false],
    ["s3:Get*", "arn:aws:s3:::claims.intake/*", false],
    ["s3:*", "*", false],
  ])("covers %s on %s: %s", (action, resource, covered) => {
    expect(wildcardAllowance(action, resource, ["teams"], allowances) !== undefined).toBe(covered);
  });

  test("holds only for those whose policies it names", () => {
    expect(
      wildcardAllowance("s3:*", "arn:aws:s3:::claims.intake/*", ["platform"], allowances),
    ).toBeUndefined();
  });

  test("has a reason", () => {
    for (const { reason } of WILDCARD_ALLOWANCES) expect(reason).toMatch(/^[A-Z].{30,}\.$/);
  });
});
