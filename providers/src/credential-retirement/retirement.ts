import { messageOf, ProviderError, UnfinishedError } from "../provider-error.js";
import { closeLedger, type LedgerEntry, openLedger, settle } from "./ledger.js";
import type { CredentialRetirementInputs, CredentialRetirementOutputs } from "./properties.js";
import { RolloutWatch } from "./rollout-watch.js";
import type { Surroundings } from "./surroundings.js";
import { doneText, type Obstacle, unfinishedText } from "./wording.js";

/** The id of the resource: there is one in a stack. */
export const RETIREMENT_ID = "credential-retirement";

/**
 * Retires every superseded generation whose users have rolled, or whose time is up, after waiting for those that have
 * not. Asks nobody when nothing is superseded.
 *
 * @throws UnfinishedError when credentials stay valid; its properties say which are retired, so that the next run goes on
 * from there
 */
export async function retire(
  olds: CredentialRetirementOutputs | undefined,
  news: CredentialRetirementInputs,
  surroundings: Surroundings,
): Promise<CredentialRetirementOutputs> {
  const ledger = openLedger(olds, news);
  const pending = ledger.filter(({ outstanding }) => outstanding.length > 0);
  if (pending.length === 0) return closeLedger(news.issuer, ledger);

  const unfinished = (entries: readonly LedgerEntry[], cause: unknown) =>
    new UnfinishedError(RETIREMENT_ID, closeLedger(news.issuer, entries), cause);
  let issuer: ReturnType<Surroundings["connectIssuer"]>;
  try {
    issuer = surroundings.connectIssuer(news.issuer);
    // Before a wait of minutes: who cannot revoke at its end need not begin.
    await issuer.verify();
  } catch (error) {
    throw unfinished(ledger, error);
  }

  const watch = new RolloutWatch(news.kubeconfigs, news.waitSeconds, surroundings);
  const obstacles = await watch.wait(pending);
  const obstaclesOf = (entry: LedgerEntry): readonly Obstacle[] => obstacles.get(entry) ?? [];
  const now = surroundings.now();
  const settled = ledger.map((entry) => ({ entry, ...settle(entry, obstaclesOf(entry).length === 0, now) }));
  const revocations = settled.flatMap((settlement) => settlement.revocations);
  try {
    if (revocations.length > 0) await issuer.revoke(revocations);
  } catch (error) {
    const users = pending.map(({ user }) => user.user).join(", ");
    throw unfinished(
      ledger,
      new ProviderError(`Old credentials of ${users} may still be valid: ${messageOf(error)}`),
    );
  }
  for (const { entry, due } of settled) {
    if (due.length > 0) surroundings.report(doneText(entry.user.user, due, obstaclesOf(entry)));
  }
  const left = settled.filter(({ after }) => after.outstanding.length > 0);
  const entries = settled.map(({ after }) => after);
  if (left.length === 0) return closeLedger(news.issuer, entries);
  throw unfinished(
    entries,
    unfinishedText(left.map(({ entry, after }) => ({ entry: after, obstacles: obstaclesOf(entry) }))),
  );
}
