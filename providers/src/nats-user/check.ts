import { type CheckFailure, containsUnknown } from "../dynamic-provider.js";
import { isSafeEndpoint } from "../endpoint.js";
import type { IssuerInputs } from "../issuer/issuer.js";
import { VARIABLE_NAME } from "../secret-source.js";
import type { NatsUserInputs, Rotation } from "./properties.js";
import { durationText, instantText } from "./wording.js";

/**
 * Everything that is wrong with the declaration of a user. What is not known yet is not judged.
 *
 * @param olds the declaration of the last run, empty for a new user: a user that has ended meanwhile is not wrong
 * @param now unix seconds
 */
export function checkNatsUser(
  olds: Partial<NatsUserInputs>,
  inputs: NatsUserInputs,
  now: number,
): CheckFailure[] {
  return [
    ...checkText("user", inputs.user),
    ...checkText("name", inputs.name),
    ...checkText("environment", inputs.environment),
    ...checkIssuer(inputs.issuer),
    ...checkSubjects("publish", inputs.publish),
    ...checkSubjects("subscribe", inputs.subscribe),
    ...checkInbox(inputs.inbox),
    ...checkExpiry(olds.expires, inputs.expires, now),
    ...checkRotation(inputs.rotation),
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

function checkIssuer(issuer: IssuerInputs): CheckFailure[] {
  if (issuer.kind === "synadia") {
    return [
      ...checkUrl("issuer.url", issuer.url),
      ...checkText("issuer.accountId", issuer.accountId),
      ...checkText("issuer.signingKeyGroup", issuer.signingKeyGroup),
      ...checkVariable("issuer.tokenFrom", issuer.tokenFrom, "SYNADIA_TOKEN"),
      ...checkWhole("issuer.parallelCalls", issuer.parallelCalls, 1),
    ];
  }
  return [
    ...checkText("issuer.servers", issuer.servers),
    ...checkAccountKey("issuer.account", issuer.account),
    ...checkVariable("issuer.signingKeyFrom", issuer.signingKeyFrom, "NATS_SIGNING_KEY"),
    ...checkVariable("issuer.operatorKeyFrom", issuer.operatorKeyFrom, "NATS_OPERATOR_KEY"),
    ...checkVariable("issuer.systemCredsFrom", issuer.systemCredsFrom, "NATS_SYSTEM_CREDS"),
  ];
}

function checkText(property: string, value: string): CheckFailure[] {
  if (containsUnknown(value)) return [];
  return typeof value === "string" && value.trim() !== "" ? [] : [{ property, reason: "must not be empty" }];
}

function checkVariable(property: string, value: string, example: string): CheckFailure[] {
  if (containsUnknown(value) || VARIABLE_NAME.test(value)) return [];
  return [
    {
      property,
      reason: `must be the name of an environment variable, such as ${example}; never the secret itself`,
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

function checkAccountKey(property: string, value: string): CheckFailure[] {
  if (containsUnknown(value) || /^A[A-Z2-7]{55}$/.test(value)) return [];
  return [{ property, reason: "must be the public key of an account: A and 55 more letters and digits" }];
}

function checkWhole(property: string, value: number, least: number): CheckFailure[] {
  if (containsUnknown(value) || (Number.isSafeInteger(value) && value >= least)) return [];
  return [{ property, reason: `must be a whole number, ${least} or more; it is ${String(value)}` }];
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

function checkInbox(inbox: string): CheckFailure[] {
  if (containsUnknown(inbox)) return [];
  const problem = /[*>]/.test(inbox) ? `the prefix "${inbox}" must have no wildcards` : subjectProblem(inbox);
  return problem === undefined ? [] : [{ property: "inbox", reason: problem }];
}

function checkExpiry(before: number | undefined, expires: number, now: number): CheckFailure[] {
  const property = "expires";
  const malformed = checkWhole(property, expires, 0);
  if (malformed.length > 0 || containsUnknown(expires) || expires === 0) return malformed;
  if (expires > now || expires === before) return [];
  return [
    {
      property,
      reason: `must be in the future, and ${instantText(expires)} has passed; give a later time, or none, or remove the user`,
    },
  ];
}

function checkRotation(rotation: Rotation): CheckFailure[] {
  if (containsUnknown(rotation)) return [];
  const { every, overlap, epoch } = rotation;
  const malformed = [
    ...checkWhole("rotation.every", every, 0),
    ...checkWhole("rotation.overlap", overlap, 0),
    ...checkText("rotation.epoch", epoch),
  ];
  if (malformed.length > 0 || every === 0 || overlap < every) return malformed;
  return [
    {
      property: "rotation.overlap",
      reason: `must be shorter than rotation.every, which is ${durationText(every)}; it is ${durationText(overlap)}`,
    },
  ];
}
