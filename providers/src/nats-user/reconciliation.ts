import { identityTag, newOwner } from "../issuer/identity.js";
import type { EnsuredUser, Issuer, UserDeclaration, UserHandle } from "../issuer/issuer.js";
import { UnfinishedError } from "../provider-error.js";
import { driftOf, hasWork, type Reason, reasonToIssue } from "./decisions.js";
import { endOverdue, PRESENT_KEY, succeed, withUnknown } from "./generations.js";
import { DRIFT, type NatsUserInputs, type NatsUserOutputs } from "./properties.js";
import { fingerprints } from "./stored-settings.js";
import type { Surroundings } from "./surroundings.js";

/** Why there may be credentials for an nkey that are in no state. */
const LOST = "issued outside, or in a run that did not finish";

/** The id of the resource: what the user is declared as, which it stays when it is lost and made again. */
export function resourceId(inputs: Pick<NatsUserInputs, "environment" | "name">): string {
  return identityTag(inputs.environment, inputs.name);
}

/** By what the issuer knows the user of a state. */
export function handleOf({ userId, publicKey, owner, name, group }: NatsUserOutputs): UserHandle {
  return { userId, publicKey, owner, name, ...(group === undefined ? {} : { group }) };
}

/**
 * The one way from a declaration to a user with credentials, for creation, change, adoption and repair: observe, ensure,
 * adjust, note, issue. Every step finds out what is done already, so that a run that was killed at any point is finished
 * by the next. What is noted before credentials are issued is what may have been issued before and got lost.
 */
export class Reconciliation {
  private readonly issuer: Issuer;

  constructor(
    private readonly inputs: NatsUserInputs,
    private readonly surroundings: Surroundings,
  ) {
    this.issuer = surroundings.connectIssuer(inputs.issuer);
  }

  /** Makes the user, or adopts the one of a run that was killed. */
  async create(): Promise<NatsUserOutputs> {
    const ensured = await this.issuer.ensure(this.inputs, newOwner());
    const nothing: NatsUserOutputs = {
      ...declared(this.inputs),
      ...placeOf(ensured),
      publicKey: ensured.handle.publicKey,
      issuedAt: 0,
      expiresAt: 0,
      reason: "",
      epoch: this.inputs.rotation.epoch,
      superseded: [],
      creds: {},
      drift: [],
    };
    const before = this.noteLost(nothing, ensured.earlierKeys, "adopted");
    return this.issue(before, { text: ensured.adopted ? "adopted" : "created", newKey: false });
  }

  /** Brings the user from what the state knows to what is declared, asking nobody when only its address changed. */
  async update(olds: NatsUserOutputs): Promise<NatsUserOutputs> {
    const { issuer } = this.inputs;
    if (!hasWork(olds, this.inputs, this.surroundings.now())) return { ...olds, issuer };
    const observed = await this.issuer.observe(handleOf(olds));
    const seen = { ...olds, drift: driftOf(olds, observed) };
    const reason = reasonToIssue(seen, this.inputs, this.surroundings.now());
    if (observed === undefined) return this.remake(seen, reason ?? GONE);
    const { settings, earlierKeys = [] } = await this.issuer.adjust(handleOf(olds), this.inputs);
    const adjusted = { ...olds, issuer, settings: fingerprints(settings), drift: [] };
    if (reason === undefined) return adjusted;
    // If no credentials can be issued, the user is not as the last run left it: should the declaration be taken back,
    // the next run has that to take back too.
    const before = { ...olds, drift: driftOf(olds, { ...observed, settings }) };
    const unknown = olds.issuedAt === 0 ? [observed.publicKey] : [];
    return this.issue(this.noteLost(before, [...earlierKeys, ...unknown], LOST), reason, adjusted.settings);
  }

  /** The user is gone, but its credentials are not: they work until those of a new user are in use. */
  private async remake(olds: NatsUserOutputs, reason: Reason): Promise<NatsUserOutputs> {
    const ensured = await this.issuer.ensure(this.inputs, newOwner());
    const before = { ...olds, ...placeOf(ensured), drift: [DRIFT.nkey] };
    const lost = [...ensured.earlierKeys, ...(olds.issuedAt === 0 ? [olds.publicKey] : [])];
    // Whatever nkey the new user has, it is another one than before.
    const { text } = reason;
    return this.issue(this.noteLost(before, lost, LOST), { text, newKey: false });
  }

  /** Issues a generation of credentials. The state goes on saying what the old one was issued for until there is a new one. */
  private async issue(
    before: NatsUserOutputs,
    reason: Reason,
    settings = before.settings,
  ): Promise<NatsUserOutputs> {
    const { inputs } = this;
    const present = before.creds[PRESENT_KEY];
    try {
      const { revocations, remaining } = endOverdue(before, this.surroundings.now());
      if (revocations.length > 0) await this.issuer.revoke(revocations);
      const creds = await this.issuer.issue(handleOf({ ...before, name: inputs.name }), inputs, {
        newKey: reason.newKey,
        ...(present === undefined ? {} : { present }),
      });
      return {
        ...before,
        ...declared(inputs),
        ...succeed(
          { ...before, superseded: remaining },
          { creds, reason: reason.text, epoch: inputs.rotation.epoch, overlap: inputs.rotation.overlap },
        ),
        settings,
        drift: [],
      };
    } catch (error) {
      const drift = [...new Set([...before.drift, DRIFT.unfinished])];
      throw new UnfinishedError(resourceId(inputs), { ...before, drift }, error);
    }
  }

  /** The end of a generation takes all credentials of its nkey along, so these nkeys need no entry of their own. */
  private noteLost(before: NatsUserOutputs, keys: readonly string[], reason: string): NatsUserOutputs {
    const known = [before, ...before.superseded]
      .filter(({ issuedAt }) => issuedAt !== 0)
      .map(({ publicKey }) => publicKey);
    const retireAt = this.surroundings.now() + this.inputs.rotation.overlap;
    return withUnknown(
      before,
      keys.filter((key) => !known.includes(key)),
      { retireAt, reason },
    );
  }
}

/** The reason when a user is found gone in the middle of other work. */
const GONE: Reason = { text: "the user was deleted outside", newKey: false };

function declared(inputs: NatsUserInputs): UserDeclaration & Pick<NatsUserInputs, "issuer"> {
  const { name, environment, issuer, publish, subscribe, respond, inbox, expires } = inputs;
  return { name, environment, issuer, publish, subscribe, respond, inbox, expires };
}

function placeOf({
  handle,
  settings,
}: EnsuredUser): Pick<NatsUserOutputs, "userId" | "owner" | "group" | "settings"> {
  const { userId, owner, group } = handle;
  return { userId, owner, ...(group === undefined ? {} : { group }), settings: fingerprints(settings) };
}
