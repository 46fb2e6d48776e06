import { durationSeconds } from "./duration.ts";
import type { NatsSettings } from "./nats.ts";
import type { NatsUserSpec } from "./team.ts";

/** When the credentials of a NATS user are made anew in one environment. */
export interface CredentialRotation {
  /** Seconds that credentials are used before new ones are made; 0: for ever. */
  readonly every: number;
  /** Seconds that the former credentials stay valid at most. */
  readonly overlap: number;
  /** The epochs of the team's and of the environment's file, such as `1.0`. Any change makes new credentials. */
  readonly epoch: string;
  /** Why the environment's file has an epoch for the user, as it says itself. */
  readonly reason?: string;
}

/**
 * When the credentials of a user are made anew: what the team says of its user, and what the environment does.
 *
 * @param user what people call the user: `claims/intake/publisher`
 */
export function credentialRotation(
  user: string,
  { rotation }: Pick<NatsUserSpec, "rotation">,
  { rotations }: Pick<NatsSettings, "rotations">,
): CredentialRotation {
  const ofEnvironment = rotations.find((candidate) => candidate.user === user);
  return {
    every: rotation.every === undefined ? 0 : durationSeconds(rotation.every),
    overlap: durationSeconds(rotation.overlap),
    epoch: `${rotation.epoch}.${ofEnvironment?.epoch ?? 0}`,
    ...(ofEnvironment?.reason !== undefined && { reason: ofEnvironment.reason }),
  };
}

/** When credentials that were issued at a time are made anew, both in seconds since 1970; 0: never. */
export function rotateAt(issuedAt: number, { every }: Pick<CredentialRotation, "every">): number {
  return every === 0 ? 0 : issuedAt + every;
}
