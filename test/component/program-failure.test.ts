import { inspect } from "node:util";
import { RunError } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { UserError } from "../../model/user-error.ts";
import { printableStack, programFailure } from "../../stacks/program-failure.ts";

describe("an error that ends the program", () => {
  it("is the message alone when the user made the mistake", () => {
    const failure = programFailure(new UserError("teams/claims.yaml:3 spec: is missing"));
    expect(failure).toBeInstanceOf(RunError);
    expect(inspect(failure, { colors: true })).not.toMatch(/\bat /);
    expect((failure as Error).message).toBe("teams/claims.yaml:3 spec: is missing");
  });

  it("keeps its stack when the mistake is ours, without the frames that Node cannot format", () => {
    const stack = [
      "TypeError: x is undefined",
      "    at teamStack (/home/me/haulway/stacks/team.ts:41:7)",
      "    at Resource (/home/me/haulway/node_modules/@pulumi/resource.ts:12:3)",
      "    at Role (/home/me/haulway/node_modules/@pulumi/aws/iam/role.ts:12:3)",
    ];
    expect(printableStack(stack.join("\n")).split("\n")).toEqual([stack[0], stack[1], stack[3]]);
    const error = new TypeError("x is undefined");
    error.stack = stack.join("\n");
    expect(programFailure(error)).toBe(error);
    expect(error.stack).toContain("teamStack");
    expect(inspect(error, { colors: true })).toContain("teamStack");
  });

  it("is passed on when it is no Error at all", () => {
    expect(programFailure("thrown text")).toBe("thrown text");
  });
});
