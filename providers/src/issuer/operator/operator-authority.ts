import { ProviderError } from "../../provider-error.js";
import type { OperatorIssuerInputs } from "../issuer.js";
import type { Nkey } from "./nkey.js";
import type { TrustReport } from "./operator-trust.js";
import { origin, readOperatorKey } from "./secrets.js";
import type { Claims } from "./signed-claims.js";
import { briefly, type SystemAccount } from "./system-account.js";

/**
 * The right to sign accounts. Servers store an account that a stranger signed, answer that all is well, and refuse all its
 * users from then on, so whether they would accept the signature has to be known before.
 */
export class OperatorAuthority {
  private asking: Promise<Authority> | undefined;

  constructor(
    private readonly inputs: OperatorIssuerInputs,
    private readonly system: SystemAccount,
  ) {}

  /**
   * The operator's key, which the servers accept as the signer of `account`.
   *
   * @throws ProviderError naming the setting when they do not, or when `account` itself is signed by a stranger
   */
  async keyFor(account: Claims): Promise<Nkey> {
    const { key, reports } = await this.authority();
    const place = origin(this.inputs, "operatorKeyFrom");
    if (reports.length === 0) {
      if (account.iss === key.publicKey) return key;
      throw new ProviderError(
        `${place} holds the key ${key.publicKey}, but account ${account.sub} is signed by ${account.iss}, and the creds of ` +
          `${origin(this.inputs, "systemCredsFrom")} may not ask the servers which operators they trust. ` +
          "Give it the key that signed the account, or creds that may publish to $SYS.REQ.SERVER.PING.VARZ.",
      );
    }
    for (const report of reports) {
      if (report.trusted.includes(account.iss)) continue;
      throw new ProviderError(
        `Account ${account.sub} is signed by ${account.iss}, which the NATS server ${report.server} does not trust, so it accepts none of ` +
          `the account's users. Sign it with a key of the servers' operator (${report.trusted.join(", ")}) and push it, then run again.`,
      );
    }
    return key;
  }

  /**
   * Whether the servers demand that signing keys are used. Where they may not be asked, it is taken that they do not.
   *
   * @throws ProviderError naming the setting when the operator's key or the system creds are wrong
   */
  async isStrict(): Promise<boolean> {
    const { reports } = await this.authority();
    return reports.some(({ identityOnly }) => identityOnly.length > 0);
  }

  private authority(): Promise<Authority> {
    this.asking ??= this.ask().catch((error: unknown) => {
      this.asking = undefined;
      throw error;
    });
    return this.asking;
  }

  private async ask(): Promise<Authority> {
    const key = await readOperatorKey(this.inputs);
    const reports = await briefly(() => this.system.trust());
    for (const report of reports) {
      const problem = trustProblem(report, key.publicKey);
      if (problem !== undefined) {
        throw new ProviderError(
          `${origin(this.inputs, "operatorKeyFrom")} holds the key ${key.publicKey}, ${problem}`,
        );
      }
    }
    return { key, reports };
  }
}

interface Authority {
  readonly key: Nkey;
  /** What each server said; empty when none may be asked. */
  readonly reports: readonly TrustReport[];
}

/** Why the server would not accept what `key` signs, as the end of a sentence; `undefined` when it would. */
export function trustProblem(report: TrustReport, key: string): string | undefined {
  if (report.trusted.includes(key)) return undefined;
  const keys = report.trusted.join(", ");
  if (report.identityOnly.includes(key)) {
    return (
      `which is the identity of the operator, and the operator demands that signing keys are used (NATS server ${report.server}). ` +
      `Give it the seed of one of these signing keys: ${keys}.`
    );
  }
  return (
    `which the NATS server ${report.server} does not trust. Give it the seed of the servers' operator, or of one of its ` +
    `signing keys: ${keys}.`
  );
}
