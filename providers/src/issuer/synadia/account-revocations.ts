import type { Clock } from "../../clock.js";
import { ProviderError } from "../../provider-error.js";
import type { SynadiaApi } from "../../synadia/client.js";
import { SynadiaNotFound } from "../../synadia/errors.js";
import type { Revocation } from "../issuer.js";

/** In a revocation: everything issued so far, by the control plane's clock. */
const UNTIL_NOW = 0;

/** A revocation that reaches further than this into the future, in seconds, was meant to; one of now would weaken it. */
const FAR_FUTURE = 86_400;

/** How often a changed account JWT is asked for, and the pause between in milliseconds, until it has reached the servers. */
const POLLS = { attempts: 60, pause: 500 } as const;

/** The revocations of one account. */
export class AccountRevocations {
  constructor(
    private readonly client: SynadiaApi,
    private readonly accountId: string,
    private readonly clock: Clock,
  ) {}

  /** Unix seconds up to which what was issued for the nkey is revoked; 0 when nothing is. */
  revokedUntil(publicKey: string): Promise<number> {
    return this.client.revokedUntil(this.accountId, publicKey);
  }

  /** Revokes, and waits until the servers know. A revocation that says as much stays as it is. */
  async add(revocations: readonly Revocation[]): Promise<void> {
    if (revocations.length === 0) return;
    await Promise.all(revocations.map((revocation) => this.addOne(revocation)));
    await this.untilSynchronized();
  }

  /** Revokes everything that was issued for the nkeys. An account that is gone has taken all its credentials with it. */
  async addAll(publicKeys: readonly string[]): Promise<void> {
    try {
      await this.add([...new Set(publicKeys)].map((publicKey) => ({ publicKey, before: UNTIL_NOW })));
    } catch (error) {
      if (!(error instanceof SynadiaNotFound)) throw error;
    }
  }

  private async addOne({ publicKey, before }: Revocation): Promise<void> {
    const enough = before === UNTIL_NOW ? this.clock.now() + FAR_FUTURE : before;
    if ((await this.revokedUntil(publicKey)) >= enough) return;
    await this.client.revoke(this.accountId, publicKey, before);
  }

  /** Changes of an account reach the NATS servers some time after the control plane has accepted them. */
  private async untilSynchronized(): Promise<void> {
    for (let poll = 0; poll < POLLS.attempts; poll++) {
      const account = await this.client.getAccount(this.accountId);
      if (account.jwt_sync_status === "Complete") return;
      if (account.jwt_sync_status === "Failed") {
        throw new ProviderError(
          "Credentials are revoked, but the control plane could not tell the NATS servers: " +
            `${account.jwt_sync_error || "it does not say why"}. Repair the connection of account ${this.accountId}, then run again.`,
        );
      }
      await this.clock.sleep(POLLS.pause);
    }
    throw new ProviderError(
      "Credentials are revoked, but the NATS servers do not know of it yet: the JWT of account " +
        `${this.accountId} is still being synchronized. Check that the servers run, then run again.`,
    );
  }
}
