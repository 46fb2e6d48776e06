import { type CheckFailure, containsUnknown } from "../dynamic-provider.js";
import { isSafeEndpoint } from "../endpoint.js";
import { VARIABLE_NAME } from "../secret-source.js";
import type { NatsUserInputs } from "./properties.js";

/** Everything that is wrong with the declaration of a user. What is not known yet is not judged. */
export function checkNatsUser(inputs: NatsUserInputs): CheckFailure[] {
  const { synadia } = inputs;
  return [
    ...checkText("name", inputs.name),
    ...checkText("environment", inputs.environment),
    ...checkUrl("synadia.url", synadia.url),
    ...checkText("synadia.accountId", synadia.accountId),
    ...checkText("synadia.signingKeyGroup", synadia.signingKeyGroup),
    ...checkVariable("synadia.tokenFrom", synadia.tokenFrom),
    ...checkSubjects("publish", inputs.publish),
    ...checkSubjects("subscribe", inputs.subscribe),
  ];
}

/** Why the subject is none, or `undefined` when it is one; wildcards are allowed. */
export function subjectProblem(subject: string): string | undefined {
  if (subject === "") return "a subject must not be empty";
  if (/\s/.test(subject)) return `the subject "${subject}" must not contain white space`;
  const tokens = subject.split(".");
  if (tokens.includes(""))
    return `the subject "${subject}" must not have an empty token: "a.b", not "a..b" or "a."`;
  if (tokens.slice(0, -1).includes(">")) return `the subject "${subject}" must have ">" at its end only`;
  if (tokens.some((token) => token.length > 1 && /[*>]/.test(token))) {
    return `the subject "${subject}" must have "*" and ">" as whole tokens only: "a.*", not "a.b*"`;
  }
  return undefined;
}

function checkText(property: string, value: string): CheckFailure[] {
  if (containsUnknown(value)) return [];
  return typeof value === "string" && value.trim() !== "" ? [] : [{ property, reason: "must not be empty" }];
}

function checkVariable(property: string, value: string): CheckFailure[] {
  if (containsUnknown(value) || VARIABLE_NAME.test(value)) return [];
  return [
    {
      property,
      reason: "must be the name of an environment variable, such as SYNADIA_TOKEN; never the token itself",
    },
  ];
}

function checkUrl(property: string, value: string): CheckFailure[] {
  if (containsUnknown(value) || isSafeEndpoint(value)) return [];
  return [
    {
      property,
      reason: `must be an https URL, such as https://cloud.synadia.com; it is "${value}" (http only on loopback)`,
    },
  ];
}

function checkSubjects(property: string, subjects: readonly string[]): CheckFailure[] {
  if (!Array.isArray(subjects)) {
    return containsUnknown(subjects) ? [] : [{ property, reason: "must be a list of subjects" }];
  }
  return subjects.flatMap((subject: unknown, index) => {
    if (containsUnknown(subject)) return [];
    const problem = typeof subject === "string" ? subjectProblem(subject) : "a subject must be text";
    return problem === undefined ? [] : [{ property: `${property}[${index}]`, reason: problem }];
  });
}
