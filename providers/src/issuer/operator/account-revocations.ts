import { ProviderError } from "../../provider-error.js";
import { retry } from "../../retry.js";
import type { OperatorIssuerInputs, Revocation } from "../issuer.js";
import {
  combined,
  inexactNumber,
  mergeRevocations,
  missingRevocations,
  type Revocations,
  withRevocations,
} from "./account-claims.js";
import { withMachineLock } from "./machine-lock.js";
import type { OperatorAuthority } from "./operator-authority.js";
import { type Claims, signClaims } from "./signed-claims.js";
import { BRIEF, briefly, ServersUnavailable, type SystemAccount } from "./system-account.js";
import { unknownAccount } from "./unknown-account.js";

/**
 * Servers take a new version of an account without comparing it with the one they have, so two who change it at once can
 * undo each other's work. On one machine a lock prevents it. Somebody elsewhere who read the account before a change and
 * writes it afterwards does so within `LONGEST_CHANGE` after reading, or not at all; looking again after `SETTLING`
 * therefore shows it, and the change is written again. Milliseconds.
 */
const LONGEST_CHANGE = 1_000;
const SETTLING = 2_000;

/** Age of an account's version, in seconds, from which nobody can still be about to undo it unknowingly. */
const SETTLED = 60;

/** How often a change is written before it counts as undone by somebody else for good. */
const ATTEMPTS = 8;

/** What the writing of revocations needs. */
export interface RevocationTools {
  readonly system: SystemAccount;
  readonly authority: OperatorAuthority;
  /** Unix seconds, whole. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** What was found or done: everything was there for long, was there since shortly, or has just been written. */
type Outcome = "settled" | "fresh" | "written";

/** The one place of a process where an account's revocations are written. Calls that come together share one change. */
export class AccountRevocations {
  private next: { readonly wanted: Revocation[]; readonly done: Promise<void> } | undefined;
  private writing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly inputs: OperatorIssuerInputs,
    private readonly tools: RevocationTools,
  ) {}

  /**
   * Adds revocations to the account, and waits until every server knows them. Never takes one back or lowers one.
   *
   * @throws ProviderError when the account is not known, or the change cannot be made
   */
  add(revocations: readonly Revocation[]): Promise<void> {
    if (revocations.length === 0) return Promise.resolve();
    this.next ??= this.open();
    this.next.wanted.push(...revocations);
    return this.next.done;
  }

  private open(): { wanted: Revocation[]; done: Promise<void> } {
    const { system } = this.tools;
    const wanted: Revocation[] = [];
    const collected = () =>
      mergeRevocations(wanted.map(({ publicKey, before }) => ({ [publicKey]: before })));
    const writing = this.writing.then(() => {
      this.next = undefined;
      return this.establish(collected());
    });
    this.writing = writing.catch(() => undefined);
    return {
      wanted,
      done: writing.then((outcome) => system.keepOpen(() => this.settle(collected(), outcome))),
    };
  }

  /** Looks again, and writes again, until nobody can undo the change unknowingly any more. */
  private async settle(wanted: Revocations, first: Outcome): Promise<void> {
    if (first === "settled") return;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      await this.tools.sleep(SETTLING);
      if ((await this.establish(wanted)) !== "written") return;
    }
    throw new ProviderError(
      `Somebody else changes account ${this.inputs.account} all the time and takes back what is revoked in it. ` +
        "Find out who does (nsc push without nsc pull before it is one way), then run again.",
    );
  }

  /** Brings the revocations to the servers unless they are there. Only who has to write waits for the lock. */
  private establish(wanted: Revocations): Promise<Outcome> {
    const { system, authority } = this.tools;
    return system.keepOpen(async () => {
      const versions = await briefly(() => system.lookup());
      const outcome = this.outcomeOf(versions, wanted);
      if (outcome !== undefined) return outcome;
      await authority.keyFor(this.knownBy(versions));
      return withMachineLock(`nats-account-${this.inputs.account}`, () =>
        retry(
          () => this.write(wanted),
          (error) => error instanceof ServersUnavailable,
          BRIEF,
        ),
      );
    });
  }

  private async write(wanted: Revocations): Promise<Outcome> {
    const { system, authority } = this.tools;
    const started = Date.now();
    const versions = await system.lookup();
    const outcome = this.outcomeOf(versions, wanted);
    if (outcome !== undefined) return outcome;
    const account = this.knownBy(versions);
    const jwt = signClaims(
      withRevocations(exact(account), wanted, this.tools.now()),
      await authority.keyFor(account),
    );
    if (Date.now() - started > LONGEST_CHANGE) {
      throw new ServersUnavailable(
        `The NATS servers take too long to answer for account ${this.inputs.account} to be changed safely. Run again.`,
      );
    }
    await system.push(jwt);
    return "written";
  }

  /** What is to be said when all servers have all the revocations; `undefined` when they have not. */
  private outcomeOf(versions: readonly Claims[], wanted: Revocations): "settled" | "fresh" | undefined {
    const account = this.knownBy(versions);
    const incomplete = versions.some(
      (version) => Object.keys(missingRevocations(version, wanted)).length > 0,
    );
    if (incomplete) return undefined;
    return this.tools.now() - account.iat > SETTLED ? "settled" : "fresh";
  }

  private knownBy(versions: readonly Claims[]): Claims {
    const account = combined(versions);
    if (account === undefined) throw unknownAccount(this.inputs);
    return account;
  }
}

/** @throws ProviderError when signing the claims again would change something else in them */
function exact(account: Claims): Claims {
  const place = inexactNumber(account);
  if (place === undefined) return account;
  throw new ProviderError(
    `The JWT of account ${account.sub} holds a number at ${place} that is too large to be kept exactly when the account is ` +
      "signed again. Set it to -1 (no limit) or below 9007199254740992 and push the account, then run again.",
  );
}
