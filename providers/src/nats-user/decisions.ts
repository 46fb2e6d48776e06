import { isDeepStrictEqual } from "node:util";
import { containsUnknown, type DiffResult } from "../dynamic-provider.js";
import type { IssuerInputs, ObservedUser } from "../issuer/issuer.js";
import { settingsDifferences } from "../issuer/settings.js";
import { DRIFT, type NatsUserInputs, type NatsUserOutputs } from "./properties.js";
import { fingerprints } from "./stored-settings.js";
import { dayText, durationText, instantText, permissionChanges } from "./wording.js";

/** Why credentials are made anew. */
export interface Reason {
  /** For people; several reasons are joined by "; ". */
  readonly text: string;
  /** Whether the nkey must be another one too, because its seed may be known to others. */
  readonly newKey: boolean;
}

/**
 * Why the user's credentials must be made anew, `undefined` when they are to stay. Only a declared reason counts; the
 * place of the issuer, the order of subjects, consumers or another version of this code are none.
 *
 * @param now unix seconds
 */
export function reasonToIssue(olds: NatsUserOutputs, news: NatsUserInputs, now: number): Reason | undefined {
  const changed = epochChange(olds, news);
  const reasons = [
    ...(olds.issuedAt === 0 ? ["there are no credentials yet"] : []),
    ...(hasEnded(news, now)
      ? []
      : [changed, ...declaredReasons(olds, news), ...outsideReasons(olds), ...timeReasons(olds, news, now)]),
  ].filter((text) => text !== undefined);
  const isUndone = olds.drift.includes(DRIFT.unfinished) && !hasEnded(news, now);
  if (reasons.length === 0 && isUndone) reasons.push("the last run did not finish");
  return reasons.length === 0 ? undefined : { text: reasons.join("; "), newKey: changed !== undefined };
}

/** Whether the time at which the user is declared to end has come. Nothing is done for such a user any more. */
export function hasEnded({ expires }: Pick<NatsUserInputs, "expires">, now: number): boolean {
  return expires !== 0 && expires <= now;
}

/** Whether the user has to be looked at: something changed outside that is to be taken back, or credentials are due. */
export function hasWork(olds: NatsUserOutputs, news: NatsUserInputs, now: number): boolean {
  return (olds.drift.length > 0 && !hasEnded(news, now)) || reasonToIssue(olds, news, now) !== undefined;
}

/** What changed outside since the end of the last run. */
export function driftOf(olds: NatsUserOutputs, observed: ObservedUser | undefined): string[] {
  if (observed === undefined) return [DRIFT.vanished];
  const isSameKey = observed.publicKey === olds.publicKey;
  const isRevoked = isSameKey && olds.issuedAt !== 0 && observed.revokedUntil >= olds.issuedAt;
  return [
    ...olds.drift.filter((entry) => entry === DRIFT.unfinished),
    ...(isSameKey ? [] : [DRIFT.nkey]),
    ...(isRevoked ? [DRIFT.revoked] : []),
    ...(observed.name === olds.name ? [] : ["name"]),
    ...settingsDifferences(fingerprints(observed.settings), olds.settings),
  ];
}

/** Names of the inputs whose change makes it another user. */
export function replacedBy(olds: NatsUserOutputs, news: NatsUserInputs): string[] {
  return [
    ...(isOther(olds.name, news.name) ? ["name"] : []),
    ...(isOther(olds.environment, news.environment) ? ["environment"] : []),
    ...(isOtherAccount(olds, news.issuer) ? ["issuer"] : []),
  ];
}

/** Compares the state with the declaration. Something unknown in the declaration counts as a change. */
export function diffNatsUser(olds: NatsUserOutputs, news: NatsUserInputs, now: number): DiffResult {
  const replaces = replacedBy(olds, news);
  return {
    changes:
      containsUnknown(news) ||
      replaces.length > 0 ||
      isElsewhere(olds.issuer, news.issuer) ||
      hasWork(olds, news, now),
    replaces,
    stables: [],
  };
}

/** Whether the issuer is reached in another way. How many calls run at once says nothing of that. */
function isElsewhere(old: IssuerInputs, wanted: IssuerInputs): boolean {
  return !isDeepStrictEqual({ ...old, parallelCalls: 0 }, { ...wanted, parallelCalls: 0 });
}

function epochChange({ epoch, issuedAt }: NatsUserOutputs, { rotation }: NatsUserInputs): string | undefined {
  if (issuedAt === 0 || epoch === rotation.epoch) return undefined;
  const why = rotation.reason === undefined || rotation.reason === "" ? "" : ` (${rotation.reason})`;
  return `epoch changed from ${epoch} to ${rotation.epoch}${why}`;
}

function declaredReasons(olds: NatsUserOutputs, news: NatsUserInputs): string[] {
  const permissions = permissionChanges(olds, news);
  const expiry = news.expires === 0 ? "expiry removed" : `expiry changed to ${instantText(news.expires)}`;
  return [
    ...(permissions.length === 0 ? [] : [`permissions changed: ${permissions.join(", ")}`]),
    ...(olds.expires === news.expires ? [] : [expiry]),
  ];
}

function outsideReasons({ drift }: NatsUserOutputs): string[] {
  return [
    ...(drift.includes(DRIFT.vanished) ? ["the user was deleted outside"] : []),
    ...(drift.includes(DRIFT.nkey) ? ["the nkey was changed outside"] : []),
    ...(drift.includes(DRIFT.revoked) ? ["the credentials were revoked outside"] : []),
  ];
}

function timeReasons(olds: NatsUserOutputs, { expires, rotation }: NatsUserInputs, now: number): string[] {
  const { issuedAt, expiresAt } = olds;
  const opens = issuedAt + rotation.every;
  const isOpen = issuedAt !== 0 && rotation.every !== 0 && now >= opens;
  // Credentials that end when they are declared to end would only be followed by others that end then too.
  const isExpiring = expires === 0 && expiresAt !== 0 && now >= expiresAt - (expiresAt - issuedAt) / 3;
  return [
    ...(isOpen ? [`window opened ${dayText(opens)} (every ${durationText(rotation.every)})`] : []),
    ...(isExpiring ? [`the credentials expire at ${instantText(expiresAt)}`] : []),
  ];
}

/** What is not known yet may turn out to be the same. */
function isOther(old: string, wanted: string): boolean {
  return old !== wanted && !containsUnknown(wanted);
}

function isOtherAccount({ group, issuer }: NatsUserOutputs, wanted: IssuerInputs): boolean {
  if (issuer.kind === "synadia" && wanted.kind === "synadia") {
    // A group may be named by its id or its name, and changing from one to the other changes nothing.
    const names = [group?.name, issuer.signingKeyGroup].map((name) => name?.toLowerCase());
    const isOtherGroup =
      isOther(group?.id ?? "", wanted.signingKeyGroup) &&
      !names.includes(wanted.signingKeyGroup.toLowerCase());
    return isOther(issuer.accountId, wanted.accountId) || isOtherGroup;
  }
  if (issuer.kind === "operator" && wanted.kind === "operator")
    return isOther(issuer.account, wanted.account);
  return true;
}
