import { type CheckFailure, containsUnknown } from "../dynamic-provider.js";
import { expiryProblem, readCertificate } from "./certificate.js";
import type { SealedSecretDataInputs } from "./properties.js";

/** What decides whether an expired certificate is a mistake. */
export interface CheckCircumstances {
  /** Unix milliseconds. */
  readonly now: number;
  /** Whether the inputs are those of the last run, so that nothing will be sealed. */
  readonly unchanged: boolean;
}

/**
 * Everything that is wrong with what is to be sealed. What is not known yet is not judged. An expired certificate is wrong only
 * where something changes, so that it does not hinder a run that has nothing to seal.
 *
 * No failure names its property apart from the reason: the engine would show the property's value, which is a secret or, where
 * somebody took the controller's key for its certificate, worse.
 */
export function checkSealedSecretData(
  { namespace, name, certificate, data }: SealedSecretDataInputs,
  circumstances: CheckCircumstances,
): CheckFailure[] {
  return [
    ...checkText("namespace", namespace),
    ...checkText("name", name),
    ...checkCertificate(certificate, circumstances),
    ...checkData(data),
  ];
}

function checkText(property: string, value: unknown): CheckFailure[] {
  if (containsUnknown(value) || (typeof value === "string" && value.trim() !== "")) return [];
  return [failure(`${property} must not be empty`)];
}

function checkCertificate(value: unknown, { now, unchanged }: CheckCircumstances): CheckFailure[] {
  if (containsUnknown(value)) return [];
  const certificate = readCertificate(typeof value === "string" ? value : "");
  if ("problem" in certificate) return [failure(`certificate ${certificate.problem}`)];
  const problem = unchanged ? undefined : expiryProblem(certificate, now);
  return problem === undefined ? [] : [failure(`certificate ${problem}`)];
}

function checkData(data: unknown): CheckFailure[] {
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    return containsUnknown(data) ? [] : [failure("data must be a map of texts by key")];
  }
  const entries = Object.entries(data);
  if (entries.length === 0) return [failure("data must hold at least one value")];
  return entries.flatMap(([key, value]: [string, unknown]) => {
    const place = `data[${JSON.stringify(key)}]`;
    if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key) || key === "." || key === "..") {
      return [
        failure(
          `${place} must have a key of a Secret: up to 253 letters, digits, dots, dashes and underscores`,
        ),
      ];
    }
    return typeof value === "string" ? [] : [failure(`${place} must be text`)];
  });
}

function failure(reason: string): CheckFailure {
  return { property: "", reason };
}
