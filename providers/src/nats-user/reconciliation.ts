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
    const { settings } = await this.issuer.adjust(handleOf(olds), this.inputs);
    const adjusted = { ...seen, settings: fingerprints(settings) };
    if (reason === undefined) return { ...adjusted, issuer, drift: [] };
    const isForeign = observed.publicKey !== olds.publicKey || olds.issuedAt === 0;
    return this.issue(this.noteLost(adjusted, isForeign ? [observed.publicKey] : [], LOST), reason);
  }

  /** The user is gone, but its credentials are not: they work until those of a new user are in use. */
  private async remake(olds: NatsUserOutputs, reason: Reason): Promise<NatsUserOutputs> {
    const ensured = await this.issuer.ensure(this.inputs, newOwner());
    const before = { ...olds, ...placeOf(ensured), drift: [DRIFT.nkey] };
    // Whatever nkey the new user has, it is another one than before.
    const { text } = reason;
    return this.issue(this.noteLost(before, ensured.earlierKeys, LOST), { text, newKey: false });
  }

  /** Issues a generation of credentials. The state goes on saying what the old one was issued for until there is a new one. */
  private async issue(before: NatsUserOutputs, reason: Reason): Promise<NatsUserOutputs> {
    const { inputs } = this;
    const present = before.creds[PRESENT_KEY];
    try {
      const { revocations, remaining } = endOverdue(before, this.surroundings.now());
      await this.issuer.revoke(revocations);
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
        drift: [],
      };
    } catch (error) {
      throw new UnfinishedError(resourceId(inputs), before, error);
    }
  }

  private noteLost(before: NatsUserOutputs, keys: readonly string[], reason: string): NatsUserOutputs {
    const retireAt = this.surroundings.now() + this.inputs.rotation.overlap;
    return withUnknown(before, keys, { retireAt, reason });
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
