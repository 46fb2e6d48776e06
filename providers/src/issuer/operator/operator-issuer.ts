import { ProviderError } from "../../provider-error.js";
import { sleep } from "../../retry.js";
import { type Creds, parseCreds } from "../creds.js";
import type {
  EnsuredUser,
  IssueOptions,
  Issuer,
  ObservedUser,
  OperatorIssuerInputs,
  Revocation,
  UserDeclaration,
  UserHandle,
} from "../issuer.js";
import {
  combined,
  everybodyRevokedUntil,
  revocationsOf,
  revokedUntil,
  type SignerProblem,
  signerProblem,
  unscopedSigningKeys,
} from "./account-claims.js";
import { AccountRevocations } from "./account-revocations.js";
import { createUserNkey, type Nkey, nkeyFromSeed } from "./nkey.js";
import { OperatorAuthority } from "./operator-authority.js";
import { checkSecrets, origin, readSigningKey } from "./secrets.js";
import type { Claims } from "./signed-claims.js";
import { briefly, SystemAccount } from "./system-account.js";
import { unknownAccount } from "./unknown-account.js";
import { signCreds, splitCreds, userClaims } from "./user-creds.js";

/** What the issuer needs from outside. Tests give their own. */
export interface OperatorSurroundings {
  /** Unix seconds, whole. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

const REAL_SURROUNDINGS: OperatorSurroundings = { now: () => Math.floor(Date.now() / 1000), sleep };

/** How far the clocks of the machines that issue may be apart, in seconds. */
const CLOCK_SKEW = 86_400;

/** For how many seconds an issue waits until the clock has passed all older credentials. */
const PATIENCE = 5;

/**
 * Issues users in an account of a self-hosted nats-server in operator mode, whose keys are at hand.
 *
 * Such a server keeps no list of users: a user is a JWT that the account's signing key signed, and what the account says of
 * it is when its credentials were revoked. So there is nothing to adopt and no orphan, and rights cannot be observed:
 * `settings` are always empty.
 */
export function operatorIssuer(
  inputs: OperatorIssuerInputs,
  surroundings: OperatorSurroundings = REAL_SURROUNDINGS,
): Issuer {
  return new OperatorIssuer(inputs, surroundings);
}

const SIGNER_PROBLEMS: Readonly<Record<SignerProblem, (account: string) => string>> = {
  identity: (account) =>
    `which is the identity of account ${account}, and the operator demands that signing keys are used`,
  scoped: (account) =>
    `which account ${account} binds to a role (a scoped signing key): its users cannot have permissions of their own`,
  foreign: (account) => `which is none of the signing keys of account ${account} (nats.operator.account)`,
};

class OperatorIssuer implements Issuer {
  private readonly system: SystemAccount;
  private readonly authority: OperatorAuthority;
  private readonly revocations: AccountRevocations;
  /** The nkeys that `ensure` made and `issue` has not used yet, by public key. */
  private readonly unused = new Map<string, Nkey>();
  private verifying: Promise<void> | undefined;
  private reading: Promise<Claims | undefined> | undefined;

  constructor(
    private readonly inputs: OperatorIssuerInputs,
    private readonly surroundings: OperatorSurroundings,
  ) {
    this.system = new SystemAccount(inputs);
    this.authority = new OperatorAuthority(inputs, this.system);
    this.revocations = new AccountRevocations(inputs, {
      system: this.system,
      authority: this.authority,
      ...surroundings,
    });
  }

  verify(): Promise<void> {
    this.verifying ??= this.system
      .keepOpen(() => this.examine())
      .catch((error: unknown) => {
        this.verifying = undefined;
        throw error;
      });
    return this.verifying;
  }

  async ensure(declaration: UserDeclaration, owner: string): Promise<EnsuredUser> {
    const key = await createUserNkey();
    this.unused.set(key.publicKey, key);
    const { name } = declaration;
    return {
      handle: { userId: name, publicKey: key.publicKey, owner, name },
      adopted: false,
      settings: {},
      earlierKeys: [],
    };
  }

  async observe(handle: UserHandle): Promise<ObservedUser> {
    const account = await this.account();
    return {
      publicKey: handle.publicKey,
      name: handle.name,
      settings: {},
      revokedUntil: revokedUntil(account, handle.publicKey),
    };
  }

  adjust(handle: UserHandle, _declaration: UserDeclaration): Promise<ObservedUser> {
    return this.observe(handle);
  }

  async issue(
    handle: UserHandle,
    declaration: UserDeclaration,
    { newKey, present }: IssueOptions,
  ): Promise<Creds> {
    await this.verify();
    const signer = await readSigningKey(this.inputs);
    const account = await this.account();
    const kept = newKey ? undefined : await this.keptKey(handle, declaration, present);
    const floor = kept === undefined ? 0 : this.floorOf(account, kept.publicKey, present);
    const passed = floor - this.surroundings.now() < PATIENCE;
    const user = kept !== undefined && passed ? kept : await createUserNkey();
    const issuedAt = await this.timeAfter(
      Math.max(user === kept ? floor : 0, everybodyRevokedUntil(account)),
      declaration,
    );
    if (declaration.expires !== 0 && declaration.expires <= issuedAt) {
      throw new ProviderError(
        `The NATS user ${declaration.name} expires at ${dateOf(declaration.expires)}, which has passed: its credentials would not ` +
          "work. Give it a later time, or none, in the field expires.",
      );
    }
    const claims = userClaims(declaration, user.publicKey, this.inputs.account, signer.publicKey, issuedAt);
    this.unused.delete(handle.publicKey);
    return signCreds(claims, user, signer);
  }

  revoke(revocations: readonly Revocation[]): Promise<void> {
    return this.revocations.add(
      revocations.map(({ publicKey, before }) => ({
        publicKey,
        before: before === 0 ? this.surroundings.now() : before,
      })),
    );
  }

  async remove(handle: UserHandle, keys: readonly string[]): Promise<void> {
    if ((await this.read()) === undefined) return;
    // Nothing will be issued for these nkeys any more, so what a clock that is ahead has issued is met too.
    const before = this.surroundings.now() + CLOCK_SKEW;
    const all = [...new Set([handle.publicKey, ...keys])];
    await this.revocations.add(all.map((publicKey) => ({ publicKey, before })));
  }

  private async examine(): Promise<void> {
    await checkSecrets(this.inputs);
    // Both at once, as each waits for servers that do not answer; the first one's problem says more.
    const [strict, known] = await Promise.allSettled([this.authority.isStrict(), this.account()]);
    if (strict.status === "rejected") throw strict.reason;
    if (known.status === "rejected") throw known.reason;
    const account = known.value;
    await this.authority.keyFor(account);
    if (account.exp !== undefined && account.exp !== 0 && account.exp <= this.surroundings.now()) {
      throw new ProviderError(
        `Account ${account.sub} (nats.operator.account) expired at ${dateOf(account.exp)}, so the NATS servers accept none of its users. ` +
          "Sign it anew without that expiry and push it, then run again.",
      );
    }
    await this.checkSigner(account, strict.value);
  }

  private async checkSigner(account: Claims, strict: boolean): Promise<void> {
    const { publicKey } = await readSigningKey(this.inputs);
    const problem = signerProblem(account, publicKey, strict);
    if (problem === undefined) return;
    const keys = unscopedSigningKeys(account);
    const wayOut =
      keys.length === 0
        ? "Add a signing key without a role to the account (nsc edit account --sk generate), push it, and give it that key's seed."
        : `Give it the seed of one of the account's signing keys without a role: ${keys.join(", ")}.`;
    throw new ProviderError(
      `${origin(this.inputs, "signingKeyFrom")} holds the key ${publicKey}, ${SIGNER_PROBLEMS[problem](account.sub)}. ${wayOut}`,
    );
  }

  /** The nkey to go on with; `undefined` when there is none of which the seed is known. */
  private async keptKey(
    handle: UserHandle,
    declaration: UserDeclaration,
    present: string | undefined,
  ): Promise<Nkey | undefined> {
    if (present === undefined) return this.unused.get(handle.publicKey);
    const key = await nkeyFromSeed(splitCreds(present)?.seed ?? "");
    if (key?.kind === "U") return key;
    throw new ProviderError(
      `The present credentials of the NATS user ${declaration.name} in the state cannot be read. ` +
        "Rotate the user with a new epoch, which gives it a new nkey (haulway creds rotate).",
    );
  }

  /** The second after which credentials of a kept nkey are neither revoked nor mistaken for older ones. */
  private floorOf(account: Claims, publicKey: string, present: string | undefined): number {
    const issuedAt = present === undefined ? 0 : parseCreds(present).issuedAt;
    return Math.max(issuedAt, revocationsOf(account)[publicKey] ?? 0);
  }

  /** A second after `floor`: now, or soon. */
  private async timeAfter(floor: number, declaration: UserDeclaration): Promise<number> {
    for (;;) {
      const now = this.surroundings.now();
      if (now > floor) return now;
      if (floor - now >= PATIENCE) {
        throw new ProviderError(
          `Account ${this.inputs.account} revokes the credentials of all its users ("*") issued until ${dateOf(floor)}, so new ones of the ` +
            `NATS user ${declaration.name} would not work. Lower or remove that revocation, or wait until then.`,
        );
      }
      await this.surroundings.sleep(250);
    }
  }

  private async account(): Promise<Claims> {
    const account = await this.read();
    if (account === undefined) throw unknownAccount(this.inputs);
    return account;
  }

  /** The account as the servers know it now; those who ask at the same time share one answer. */
  private read(): Promise<Claims | undefined> {
    this.reading ??= briefly(() => this.system.lookup())
      .then(combined)
      .finally(() => {
        this.reading = undefined;
      });
    return this.reading;
  }
}

function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
