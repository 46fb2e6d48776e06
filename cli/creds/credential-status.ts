import type { DeployedUser } from "./deployed-user.ts";

/** How the credentials of one NATS user stand. */
export interface CredentialStatus {
  /** What people call the user: `claims/intake/publisher`. */
  readonly user: string;
  readonly team: string;
  /** Name in the NATS account. */
  readonly name: string;
  /** nkey of the present credentials. */
  readonly publicKey: string;
  /** RFC 3339; null when there are no credentials yet. */
  readonly issuedAt: string | null;
  /** RFC 3339; null when they do not expire. */
  readonly expiresAt: string | null;
  /** RFC 3339; null when they are never made anew by the calendar. */
  readonly rotateAt: string | null;
  /** What the calendar says: `due` is done by the next `haulway up`. */
  readonly rotation: "never" | "scheduled" | "due";
  readonly expired: boolean;
  /** How many generations of credentials work at present. */
  readonly generationsAlive: number;
  /** Why the present credentials were made. */
  readonly reason: string;
  /** The epochs of the team's and the environment's file that they were made for. */
  readonly epoch: string;
  /** Former generations that are not known to be revoked. */
  readonly superseded: readonly {
    readonly publicKey: string;
    /** RFC 3339; null for whatever was issued before Haulway had the user. */
    readonly issuedAt: string | null;
    /** RFC 3339: when they are revoked at the latest; null if no run has got so far as to say. */
    readonly retireAt: string | null;
  }[];
}

/**
 * How the credentials of a team's users stand, by name.
 *
 * @param now unix seconds.
 */
export function credentialStatuses(
  team: string,
  users: readonly DeployedUser[],
  now: number,
): readonly CredentialStatus[] {
  return users
    .map((user): CredentialStatus => {
      const expired = user.expiresAt !== 0 && now >= user.expiresAt;
      return {
        user: user.user,
        team,
        name: user.name,
        publicKey: user.publicKey,
        issuedAt: instant(user.issuedAt),
        expiresAt: instant(user.expiresAt),
        rotateAt: instant(user.rotateAt),
        rotation: user.rotateAt === 0 ? "never" : now >= user.rotateAt ? "due" : "scheduled",
        expired,
        generationsAlive: (user.issuedAt === 0 || expired ? 0 : 1) + user.superseded.length,
        reason: user.reason,
        epoch: user.epoch,
        superseded: user.superseded.map(({ publicKey, issuedAt, retireAt }) => ({
          publicKey,
          issuedAt: instant(issuedAt),
          retireAt: instant(retireAt ?? 0),
        })),
      };
    })
    .sort((a, b) => (a.user < b.user ? -1 : 1));
}

function instant(seconds: number): string | null {
  return seconds === 0 ? null : new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
