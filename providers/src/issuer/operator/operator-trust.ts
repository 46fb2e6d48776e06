import { isRecord, parseRecord } from "./json.js";

/** Which keys a server accepts as signers of accounts. */
export interface TrustReport {
  /** Name of the server, for messages. */
  readonly server: string;
  /** Public keys, `O…`. */
  readonly trusted: readonly string[];
  /** Public key of an operator who has signing keys and demands that they are used. */
  readonly identityOnly: readonly string[];
}

/**
 * Reads a server's answer to `$SYS.REQ.SERVER.PING.VARZ`.
 *
 * @returns `undefined` when it says nothing of operators
 */
export function readTrustReport(answer: string): TrustReport | undefined {
  const { server, data } = parseRecord(answer) ?? {};
  const operators = isRecord(data) ? data["trusted_operators_claim"] : undefined;
  if (!Array.isArray(operators) || operators.length === 0) return undefined;
  const trusted: string[] = [];
  const identityOnly: string[] = [];
  for (const operator of operators.filter(isRecord)) {
    const nats = isRecord(operator["nats"]) ? operator["nats"] : {};
    const strict = nats["strict_signing_key_usage"] === true;
    (strict ? identityOnly : trusted).push(String(operator["sub"]));
    const keys: unknown = nats["signing_keys"];
    if (Array.isArray(keys)) trusted.push(...keys.filter((key) => typeof key === "string"));
  }
  const name = isRecord(server) && typeof server["name"] === "string" ? server["name"] : "unnamed";
  return { server: name, trusted, identityOnly };
}
