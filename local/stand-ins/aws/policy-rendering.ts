import { isObject, type Properties } from "../plugin/property-values.ts";

/**
 * Renders what `aws.iam.getPolicyDocument` renders: the statements in IAM's JSON, single values unwrapped from their lists, on top of
 * the source documents; override documents replace statements of the same `Sid`.
 * Source: documentation of the data source `aws_iam_policy_document`.
 */
export function renderPolicyDocument(args: Properties): string {
  const statements = listOfObjects(args["statements"]).map(statement);
  const sources = [args["sourceJson"], ...asArray(args["sourcePolicyDocuments"])].flatMap(statementsOf);
  const overrides = [args["overrideJson"], ...asArray(args["overridePolicyDocuments"])].flatMap(statementsOf);
  return JSON.stringify(
    {
      Version: args["version"] ?? "2012-10-17",
      ...(args["policyId"] === undefined ? {} : { Id: args["policyId"] }),
      Statement: override([...sources, ...statements], overrides),
    },
    undefined,
    2,
  );
}

function statement(input: Properties): Properties {
  const fields: [string, unknown][] = [
    ["Sid", input["sid"]],
    ["Effect", input["effect"] ?? "Allow"],
    ["Principal", principals(input["principals"])],
    ["NotPrincipal", principals(input["notPrincipals"])],
    ["Action", single(input["actions"])],
    ["NotAction", single(input["notActions"])],
    ["Resource", single(input["resources"])],
    ["NotResource", single(input["notResources"])],
    ["Condition", conditions(input["conditions"])],
  ];
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

function principals(value: unknown): unknown {
  const list = listOfObjects(value);
  if (list.length === 0) {
    return undefined;
  }
  if (list.some((principal) => principal["type"] === "*")) {
    return "*";
  }
  const byType = new Map<string, unknown[]>();
  for (const principal of list) {
    const type = String(principal["type"]);
    byType.set(type, [...(byType.get(type) ?? []), ...asArray(principal["identifiers"])]);
  }
  return Object.fromEntries([...byType].map(([type, identifiers]) => [type, single(identifiers)]));
}

function conditions(value: unknown): unknown {
  const list = listOfObjects(value);
  if (list.length === 0) {
    return undefined;
  }
  const result: Record<string, Record<string, unknown>> = {};
  for (const condition of list) {
    const test = String(condition["test"]);
    result[test] = { ...result[test], [String(condition["variable"])]: single(condition["values"]) };
  }
  return result;
}

/** IAM keeps sets of values in no order; the provider sorts them in reverse, so that the text is the same every time. */
function single(value: unknown): unknown {
  const list = asArray(value).filter((item) => typeof item === "string");
  if (list.length === 0) {
    return undefined;
  }
  return list.length === 1 ? list[0] : [...list].sort().reverse();
}

function override(base: readonly Properties[], overrides: readonly Properties[]): readonly Properties[] {
  const result = [...base];
  for (const replacement of overrides) {
    const sid = replacement["Sid"];
    const index = sid === undefined ? -1 : result.findIndex((candidate) => candidate["Sid"] === sid);
    if (index === -1) {
      result.push(replacement);
    } else {
      result[index] = replacement;
    }
  }
  return result;
}

function statementsOf(text: unknown): readonly Properties[] {
  if (typeof text !== "string" || text === "") {
    return [];
  }
  const document: unknown = JSON.parse(text);
  return listOfObjects(isObject(document) ? document["Statement"] : undefined);
}

function listOfObjects(value: unknown): readonly Properties[] {
  return asArray(value).filter(isObject);
}

function asArray(value: unknown): readonly unknown[] {
  return value === undefined || value === null ? [] : [value].flat();
}
