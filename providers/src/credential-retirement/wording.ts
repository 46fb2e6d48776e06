import type { SupersededGeneration } from "../issuer/issuer.js";
import { type LedgerEntry, lastDeadlineOf } from "./ledger.js";
import type { Consumer } from "./properties.js";

/** How many of the consumers that it waits for a line of progress names. */
const SHOWN = 5;

/** What keeps one consumer from having rolled. */
export interface Obstacle {
  readonly consumer: Consumer;
  readonly reason: string;
}

/** `Deployment claims/intake on workload-a`. */
export function deploymentText({ cluster, namespace, deployment }: Consumer): string {
  return `Deployment ${namespace}/${deployment} on ${cluster}`;
}

/** What a preview says of a user whose earlier credentials are to be retired. */
export function planText(entry: LedgerEntry): string {
  const { user, outstanding } = entry;
  const consumers = user.consumers.map(deploymentText);
  const moment =
    consumers.length === 0
      ? "at once, since nothing consumes them"
      : `when ${listText(consumers)} ${consumers.length === 1 ? "has" : "have"} rolled`;
  return `retire ${user.user}: old credentials (${ageText(outstanding)}) are revoked ${moment}, at ${timeText(lastDeadlineOf(entry))} at the latest`;
}

/** What is said when earlier credentials of a user have been revoked. */
export function doneText(
  user: string,
  generations: readonly SupersededGeneration[],
  obstacles: readonly Obstacle[],
): string {
  const done = `retire ${user}: old credentials (${ageText(generations)}) are revoked`;
  return obstacles.length === 0
    ? `${done}: everything that uses them has rolled`
    : `${done}, because their time was up, although ${obstaclesText(obstacles)}`;
}

/** What is said while it waits. */
export function waitingText(obstacles: readonly Obstacle[], elapsed: number, waitSeconds: number): string {
  const some = obstaclesText(obstacles.slice(0, SHOWN));
  const more = obstacles.length > SHOWN ? `, and ${obstacles.length - SHOWN} more` : "";
  return `retire: waiting for roll-outs (${elapsed} of at most ${waitSeconds} s): ${some}${more}`;
}

/** Why a run ends before it is done, and the way out. Nobody revokes anything between two runs, so it does not promise that. */
export function unfinishedText(
  pending: readonly { entry: LedgerEntry; obstacles: readonly Obstacle[] }[],
): string {
  const users = pending.map(
    ({ entry, obstacles }) =>
      `The old credentials of ${entry.user.user} (${ageText(entry.outstanding)}) stay valid, at most until the first run ` +
      `after ${timeText(lastDeadlineOf(entry))}, because ${obstaclesText(obstacles)}.`,
  );
  return [...users, "Run again when everything has rolled."].join(" ");
}

/** Every obstacle once: several users of a Deployment mostly wait for the same. */
function obstaclesText(obstacles: readonly Obstacle[]): string {
  const texts = obstacles.map(
    ({ consumer, reason }) => `${deploymentText(consumer)} has not rolled (${reason})`,
  );
  return [...new Set(texts)].join(", ");
}

function ageText(generations: readonly SupersededGeneration[]): string {
  return listText(
    generations.map(({ issuedAt, reason }) =>
      issuedAt === 0 ? `${reason}, of unknown age` : `issued ${timeText(issuedAt)}`,
    ),
  );
}

/** RFC 3339 in UTC, to the second. */
function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

function listText(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
