import type { Clock } from "../../clock.js";
import { ProviderError } from "../../provider-error.js";
import type { SynadiaApi } from "../../synadia/client.js";
import type { NatsUserView } from "../../synadia/types.js";
import { type Creds, parseCreds } from "../creds.js";
import type { IssueOptions, UserDeclaration, UserHandle } from "../issuer.js";
import type { AccountRevocations } from "./account-revocations.js";
import { doOnce } from "./do-once.js";
import type { FreshUsers } from "./fresh-users.js";
import { normalizeSettings, undeclaredRights } from "./settings.js";

/** How often credentials are issued again when they are not younger than those they follow. */
const ATTEMPTS = 3;

/** For how many seconds an issue waits until the clock has passed all older credentials of the nkey. */
const PATIENCE = 5;

/** The issuing of credentials for users that are there. */
export class Issuance {
  constructor(
    private readonly client: SynadiaApi,
    private readonly revocations: AccountRevocations,
    private readonly clock: Clock,
    private readonly fresh: FreshUsers,
  ) {}

  /** Issues credentials that are younger than everything that was issued for the same nkey before. */
  async issue(
    user: NatsUserView,
    handle: UserHandle,
    declaration: UserDeclaration,
    { newKey, present }: IssueOptions,
  ): Promise<Creds> {
    requireDeclaredRights(user, declaration);
    const lifetime = this.lifetimeOf(declaration);
    // Another nkey than the state knows is a new one already: an earlier run got as far as that.
    const isKeyKnown = user.user_public_key === handle.publicKey;
    const wanted = newKey && isKeyKnown ? await this.rotate(user) : user;
    const floor = await this.latestSecond(wanted, present);
    const isFar = floor - this.clock.now() >= PATIENCE;
    const ready = isFar ? await this.rotate(wanted) : wanted;
    if (ready.jwt_expires_in_secs !== lifetime) {
      await this.client.updateUser(ready.id, declaration.name, { jwt_expires_in_secs: lifetime });
    }
    return this.youngerCreds(ready, isFar ? 0 : floor, declaration);
  }

  /** Seconds from now on; the API takes no date. 0 is without end. */
  private lifetimeOf({ name, expires }: UserDeclaration): number {
    if (expires === 0) return 0;
    const lifetime = expires - this.clock.now();
    if (lifetime > 0) return lifetime;
    throw new ProviderError(
      `The NATS user ${name} expires at ${dateOf(expires)}, which has passed: its credentials would not work. ` +
        "Give it a later time, or none, in the field expires.",
    );
  }

  /** Gives the user another nkey. */
  private async rotate(user: NatsUserView): Promise<NatsUserView> {
    const rotated = await doOnce(
      () => this.client.rotateUser(user.id, user.name),
      async () => {
        const shown = await this.client.getUser(user.id);
        return shown?.user_public_key === user.user_public_key ? undefined : shown;
      },
    );
    this.fresh.set(rotated.user_public_key, rotated);
    return rotated;
  }

  /** The last second in which credentials of the user's nkey were issued, or of which they are revoked; 0: there is none. */
  private async latestSecond(user: NatsUserView, present: string | undefined): Promise<number> {
    const key = user.user_public_key;
    if (this.fresh.has(key)) return 0;
    const [issuances, revokedUntil] = await Promise.all([
      this.client.listIssuances(user.id),
      this.revocations.revokedUntil(key),
    ]);
    const issued = issuances.filter(({ sub }) => sub === key).map(({ iat_max }) => iat_max);
    const known = present === undefined ? undefined : parseCreds(present);
    return Math.max(revokedUntil, known?.publicKey === key ? known.issuedAt : 0, ...issued);
  }

  /**
   * Revocation works by whole seconds and includes the second it names, so credentials of one second cannot be told
   * apart: the new ones must be of a later second than `floor`.
   */
  private async youngerCreds(
    user: NatsUserView,
    floor: number,
    { name, expires }: UserDeclaration,
  ): Promise<Creds> {
    this.fresh.delete(user.user_public_key);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      while (this.clock.now() <= floor) await this.clock.sleep(250);
      const creds = parseCreds(await this.client.issueCreds(user.id, name));
      if (expires !== 0 && creds.expiresAt === 0) throw withoutEnd(name, expires);
      if (creds.publicKey !== user.user_public_key || creds.issuedAt > floor) return creds;
      await this.clock.sleep(1000);
    }
    throw new ProviderError(
      `The control plane keeps issuing credentials for the NATS user ${name} that are no younger than those of ` +
        `${dateOf(floor)}, from which they could not be told apart. Compare the clocks of the control plane and of this machine, then run again.`,
    );
  }
}

/** Credentials are signed for what the control plane holds, so that must be what is declared. */
function requireDeclaredRights(user: NatsUserView, declaration: UserDeclaration): void {
  const differences = undeclaredRights(normalizeSettings(user.jwt_settings), declaration);
  if (differences.length === 0) return;
  throw new ProviderError(
    `The control plane did not take over the permissions of the NATS user ${declaration.name}: ` +
      `${differences.join(", ")} differ from what is declared. No credentials were issued. ` +
      "Run again; if it stays, compare the user in the console.",
  );
}

function withoutEnd(name: string, expires: number): ProviderError {
  return new ProviderError(
    `The control plane issued credentials without end for the NATS user ${name}, which expires at ${dateOf(expires)}. ` +
      "They are not used. Run again; if it stays, ask Synadia.",
  );
}

function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
