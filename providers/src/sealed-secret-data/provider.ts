import { createHmac, randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { containsUnknown, type DynamicProvider } from "../dynamic-provider.js";
import { ProviderError } from "../provider-error.js";
import { expiryProblem, readCertificate, type SealingCertificate } from "./certificate.js";
import { checkSealedSecretData } from "./check.js";
import type { Recipient, SealedSecretDataInputs, SealedSecretDataOutputs } from "./properties.js";
import { seal } from "./seal.js";

/** What an earlier run left. */
type Earlier = Pick<
  SealedSecretDataOutputs,
  "encryptedData" | "sealedFor" | "fingerprints" | "fingerprintKey"
>;

/**
 * The sealed values of a SealedSecret. Sealing is random, so the state keeps what was sealed, and a value is sealed again only
 * when it, or whom it is for, has changed.
 *
 * @param now unix milliseconds
 */
export function sealedSecretDataProvider(
  now: () => number = Date.now,
): DynamicProvider<SealedSecretDataInputs, SealedSecretDataOutputs> {
  return {
    check: async (olds, inputs) => ({
      inputs,
      failures: checkSealedSecretData(inputs, { now: now(), unchanged: isSameDeclaration(olds, inputs) }),
    }),

    diff: async (_id, olds, news) => {
      const isMoved =
        containsUnknown([news.namespace, news.name]) ||
        olds.sealedFor.namespace !== news.namespace ||
        olds.sealedFor.name !== news.name;
      return {
        changes: isMoved || containsUnknown(news) || isOutdated(olds, news),
        replaces: isMoved ? ["namespace", "name"] : [],
        stables: [],
      };
    },

    create: async (inputs) => ({
      id: `${inputs.namespace}/${inputs.name}`,
      outs: sealData(inputs, undefined, now()),
    }),

    read: async (id, props) => ({ id, props }),

    update: async (_id, olds, news) => ({ outs: sealData(news, olds, now()) }),

    delete: async () => {
      // There is nothing outside the state.
    },
  };
}

function isSameDeclaration(olds: Partial<SealedSecretDataInputs>, news: SealedSecretDataInputs): boolean {
  return (["namespace", "name", "certificate", "data"] as const).every((property) =>
    isDeepStrictEqual(olds[property], news[property]),
  );
}

function isOutdated(olds: SealedSecretDataOutputs, news: SealedSecretDataInputs): boolean {
  const certificate = readCertificate(news.certificate);
  if ("problem" in certificate) return true;
  const keys = Object.keys(news.data);
  return (
    keys.length !== Object.keys(olds.encryptedData).length ||
    keys.some((key) => keptValue(key, news, recipientOf(news, certificate), olds) === undefined)
  );
}

function sealData(
  inputs: SealedSecretDataInputs,
  earlier: Earlier | undefined,
  now: number,
): SealedSecretDataOutputs {
  const certificate = readCertificate(inputs.certificate);
  const problem = "problem" in certificate ? certificate.problem : expiryProblem(certificate, now);
  if ("problem" in certificate || problem !== undefined) {
    throw new ProviderError(
      `The Secret ${inputs.namespace}/${inputs.name} cannot be sealed: its certificate ${problem}.`,
    );
  }
  const sealedFor = recipientOf(inputs, certificate);
  const fingerprintKey = earlier?.fingerprintKey ?? randomBytes(32).toString("base64");
  const { namespace, name } = inputs;
  return {
    encryptedData: mapData(
      inputs,
      (value, key) =>
        keptValue(key, inputs, sealedFor, earlier) ?? seal(value, certificate.publicKey, namespace, name),
    ),
    sealedFor,
    fingerprints: mapData(inputs, (value) => fingerprint(value, fingerprintKey)),
    fingerprintKey,
  };
}

function mapData(
  { data }: SealedSecretDataInputs,
  change: (value: string, key: string) => string,
): Record<string, string> {
  return Object.fromEntries(
    Object.keys(data)
      .sort()
      .map((key) => [key, change(data[key] ?? "", key)]),
  );
}

/** The sealed value that an earlier run made, if it is still right. */
function keptValue(
  key: string,
  inputs: SealedSecretDataInputs,
  sealedFor: Recipient,
  earlier: Earlier | undefined,
): string | undefined {
  if (earlier === undefined || !isDeepStrictEqual({ ...earlier.sealedFor }, sealedFor)) return undefined;
  const expected = fingerprint(inputs.data[key] ?? "", earlier.fingerprintKey);
  return earlier.fingerprints[key] === expected ? earlier.encryptedData[key] : undefined;
}

function recipientOf(
  { namespace, name }: SealedSecretDataInputs,
  { fingerprint: certificate }: SealingCertificate,
): Recipient {
  return { namespace, name, certificate };
}

function fingerprint(value: string, key: string): string {
  return createHmac("sha256", Buffer.from(key, "base64")).update(value).digest("hex");
}
