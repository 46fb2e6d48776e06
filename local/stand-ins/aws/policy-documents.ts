import { isObject, type Properties } from "../plugin/property-values.ts";

/** A policy document as text, whether the program wrote text or an object. Text is kept byte by byte. */
export function policyText(value: unknown): unknown {
  return isObject(value) ? JSON.stringify(value) : value;
}

/** What is wrong with a policy document in the words of IAM, or `undefined`. */
export function policyProblem(text: string): string | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return "MalformedPolicyDocument: This policy contains invalid Json";
  }
  const statements = isObject(document) ? document["Statement"] : undefined;
  const list = Array.isArray(statements) ? statements : [statements];
  if (list.length === 0 || !list.every(isStatement)) {
    return "MalformedPolicyDocument: Syntax errors in policy";
  }
  return undefined;
}

/** ARNs of the roles that a trust or resource policy names as principals. Malformed text has none. */
export function principalRoles(text: string): readonly string[] {
  return statementsOf(text)
    .map((statement) => statement["Principal"])
    .filter(isObject)
    .flatMap((principal) => asList(principal["AWS"]))
    .filter((arn) => /^arn:[^:]*:iam::\d{12}:role\//.test(arn));
}

/** Whether a trust policy lets `roleArn` do all of `actions`. Conditions are not evaluated. */
export function trusts(text: string, roleArn: string, actions: readonly string[]): boolean {
  const account = roleArn.split(":")[4] ?? "";
  const granted = statementsOf(text)
    .filter((statement) => statement["Effect"] === "Allow" && isObject(statement["Principal"]))
    .filter((statement) => {
      const principals = asList((statement["Principal"] as Properties)["AWS"]);
      return principals.some(
        (arn) => arn === roleArn || arn === account || arn.endsWith(`:iam::${account}:root`),
      );
    })
    .flatMap((statement) => asList(statement["Action"]));
  return actions.every((action) => granted.includes(action) || granted.includes("sts:*"));
}

function statementsOf(text: string): readonly Properties[] {
  try {
    const document: unknown = JSON.parse(text);
    const statements = isObject(document) ? document["Statement"] : undefined;
    return (Array.isArray(statements) ? statements : [statements]).filter(isObject);
  } catch {
    return [];
  }
}

function isStatement(value: unknown): boolean {
  return (
    isObject(value) &&
    (value["Effect"] === "Allow" || value["Effect"] === "Deny") &&
    (value["Action"] !== undefined || value["NotAction"] !== undefined)
  );
}

function asList(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === "string");
}
