import { type CheckFailure, containsUnknown } from "../dynamic-provider.js";
import { generationId } from "../issuer/issuer.js";
import type { ConsumedUser, CredentialRetirementInputs } from "./properties.js";

/** Everything that is wrong with what is to be retired. What is not known yet is not judged. */
export function checkRetirement({
  users,
  kubeconfigs,
  waitSeconds,
}: CredentialRetirementInputs): CheckFailure[] {
  const failures: CheckFailure[] = [];
  if (!containsUnknown(waitSeconds) && !(Number.isFinite(waitSeconds) && waitSeconds >= 0)) {
    failures.push({
      property: "waitSeconds",
      reason: `must be a number of seconds, 0 or more; it is ${waitSeconds}`,
    });
  }
  if (!Array.isArray(users)) return failures;
  const known = (users as readonly ConsumedUser[]).filter((user) => !containsUnknown(user));
  const names = known.map(({ user }) => user);
  return [
    ...failures,
    ...known.flatMap((user, index) => [
      ...(names.indexOf(user.user) < index
        ? [{ property: "users", reason: `must name ${user.user} once` }]
        : []),
      ...checkGenerations(user),
      ...(containsUnknown(kubeconfigs) ? [] : checkConsumers(user, kubeconfigs)),
    ]),
  ];
}

/** A revocation takes everything of an nkey up to a second, so that a younger generation cannot go before an older one. */
function checkGenerations(user: ConsumedUser): CheckFailure[] {
  const present = generationId(user);
  return user.superseded
    .filter(({ publicKey, issuedAt }) => publicKey === user.publicKey && issuedAt > user.issuedAt)
    .map((generation) => ({
      property: "users",
      reason:
        `holds a superseded generation of ${user.user}, ${generationId(generation)}, that is younger than the present ` +
        `one, ${present}, of the same nkey, and cannot be revoked without it; rotate the user with another epoch, which makes a new nkey`,
    }));
}

function checkConsumers(
  { user, consumers }: ConsumedUser,
  kubeconfigs: Readonly<Record<string, string>>,
): CheckFailure[] {
  return consumers
    .filter(({ cluster }) => (kubeconfigs[cluster] ?? "").trim() === "")
    .map(({ cluster }) => ({
      property: "kubeconfigs",
      reason: `must hold one of ${cluster}, where ${user} is consumed`,
    }));
}
