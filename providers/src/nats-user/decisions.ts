import { containsUnknown, type DiffResult } from "../dynamic-provider.js";
import type { NatsUserInputs, NatsUserOutputs } from "./properties.js";
import { permissionChanges } from "./settings.js";

/**
 * Why the user's credentials must be made anew, `undefined` when they are to stay. Only a declared reason counts; the
 * place of the control plane, the order of subjects or another version of this code are none.
 *
 * @param now unix seconds
 */
export function reasonToIssue(olds: NatsUserOutputs, news: NatsUserInputs, now: number): string | undefined {
  if (olds.creds === "") return "the user has no credentials yet";
  const changes = permissionChanges(olds, news);
  if (changes.length > 0) return `permissions changed: ${changes.join(", ")}`;
  if (olds.drift.includes(NKEY_DRIFT)) return "the nkey was changed outside";
  if (isExpiring(olds, now))
    return `the credentials expire at ${new Date(olds.expiresAt * 1000).toISOString()}`;
  return undefined;
}

/** The entry of `drift` for another nkey; the other entries are names of settings. */
export const NKEY_DRIFT = "nkey";

/** Whether the last third of the credentials' life has begun. */
function isExpiring({ issuedAt, expiresAt }: NatsUserOutputs, now: number): boolean {
  return expiresAt !== 0 && now >= expiresAt - (expiresAt - issuedAt) / 3;
}

/** Whether something has to be done at the control plane, apart from issuing credentials. */
export function hasUnfinishedWork(olds: NatsUserOutputs): boolean {
  return olds.drift.length > 0 || olds.revocations.length > 0;
}

/** Names of the inputs whose change makes it another user. */
export function replacedBy(olds: NatsUserOutputs, news: NatsUserInputs): string[] {
  const replaces: string[] = [];
  if (isOther(olds.name, news.name)) replaces.push("name");
  if (isOther(olds.environment, news.environment)) replaces.push("environment");
  const { accountId, signingKeyGroup } = news.synadia;
  if (isOther(olds.synadia.accountId, accountId) || isOtherGroup(olds, signingKeyGroup))
    replaces.push("synadia");
  return replaces;
}

/** What is not known yet may turn out to be the same. */
function isOther(old: string, wanted: string): boolean {
  return old !== wanted && !containsUnknown(wanted);
}

/** A group may be named by its id or its name, and changing from one to the other changes nothing. */
function isOtherGroup({ group, synadia }: NatsUserOutputs, wanted: string): boolean {
  const sameName = [group.name, synadia.signingKeyGroup].some(
    (name) => name.toLowerCase() === wanted.toLowerCase(),
  );
  return isOther(group.id, wanted) && !sameName;
}

/** Compares the state with the declaration. Something unknown in the declaration counts as a change. */
export function diffNatsUser(olds: NatsUserOutputs, news: NatsUserInputs, now: number): DiffResult {
  const replaces = replacedBy(olds, news);
  const moved = olds.synadia.url !== news.synadia.url || olds.synadia.tokenFrom !== news.synadia.tokenFrom;
  return {
    changes:
      containsUnknown(news) ||
      replaces.length > 0 ||
      moved ||
      hasUnfinishedWork(olds) ||
      reasonToIssue(olds, news, now) !== undefined,
    replaces,
    stables: ["userId"],
  };
}
