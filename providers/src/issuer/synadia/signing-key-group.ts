import { ProviderError } from "../../provider-error.js";
import type { SigningKeyGroupView } from "../../synadia/types.js";

/**
 * Finds the group that a setting names, by its id or else by its name in any case, and makes sure that it can sign users
 * with permissions of their own.
 *
 * @throws ProviderError naming the setting, the group and the groups there are
 */
export function findSigningKeyGroup(
  groups: readonly SigningKeyGroupView[],
  wanted: string,
  accountId: string,
): SigningKeyGroupView {
  const named = groups.filter((group) => group.name.toLowerCase() === wanted.toLowerCase());
  const group = groups.find((candidate) => candidate.id === wanted) ?? named[0];
  const place = `nats.synadia.signingKeyGroup is "${wanted}"`;
  if (group === undefined) {
    const known = groups.map((candidate) => `"${candidate.name}" (${candidate.id})`).join(", ");
    throw new ProviderError(
      `${place}, but account ${accountId} has no such group. It has ${known === "" ? "none" : known}.`,
    );
  }
  if (group.id !== wanted && named.length > 1) {
    const ids = named.map((candidate) => candidate.id).join(", ");
    throw new ProviderError(
      `${place}, but account ${accountId} has several groups of that name. Give one id: ${ids}.`,
    );
  }
  const obstacle = obstacleToSign(group);
  if (obstacle !== undefined) {
    throw new ProviderError(
      `${place}, but that group of account ${accountId} ${obstacle}. Name another group.`,
    );
  }
  return group;
}

function obstacleToSign(group: SigningKeyGroupView): string | undefined {
  if (group.disabled) return "is disabled";
  if (group.programmatic) return "is programmatic: the control plane signs no users with it";
  if (group.is_scoped) return "is scoped: its users cannot have permissions of their own";
  if (group.missing_seed) return "has no seed in the control plane, which therefore cannot sign with it";
  return undefined;
}
