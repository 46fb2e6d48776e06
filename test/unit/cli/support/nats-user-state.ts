import type { StateResource } from "../../../../cli/run/stack-runner.ts";

/** A NATS user as the state of a stack has it. Times are seconds since 1970. */
export interface NatsUserState {
  readonly user: string;
  readonly every?: number;
  readonly publicKey?: string;
  readonly issuedAt?: number;
  readonly expiresAt?: number;
  readonly reason?: string;
  readonly epoch?: string;
  readonly superseded?: readonly { publicKey: string; issuedAt: number; retireAt: number }[];
  /** Whether another one has taken its place. */
  readonly leaving?: boolean;
}

/** What is known of the former credentials of a stack's users. */
export interface RetirementState {
  readonly users?: readonly {
    user: string;
    publicKey: string;
    issuedAt: number;
    superseded: readonly { publicKey: string; issuedAt: number; retireAt: number }[];
  }[];
  readonly retired?: Readonly<Record<string, string>>;
}

/** The resources of a team's stack: its users, and what is known of their former credentials. */
export function natsResources(
  natsUsers: readonly NatsUserState[],
  { users = [], retired = {} }: RetirementState = {},
): StateResource[] {
  return [
    { type: "kubernetes:core/v1:Namespace", inputs: {}, outputs: {}, leaving: false },
    ...natsUsers.map(({ user, every = 0, leaving = false, ...more }) => ({
      type: "pulumi-nodejs:dynamic/haulway:NatsUser",
      leaving,
      inputs: { user, rotation: { every, overlap: 86_400, epoch: "0.0" } },
      outputs: {
        name: `dev.${user.replaceAll("/", ".")}`,
        publicKey: "UNEW",
        issuedAt: 1_700_000_000,
        expiresAt: 0,
        reason: "created",
        epoch: "0.0",
        superseded: [],
        creds: { ciphertext: "v1:hunter2" },
        ...more,
      },
    })),
    {
      type: "pulumi-nodejs:dynamic/haulway:CredentialRetirement",
      inputs: {},
      outputs: { users, retired },
      leaving: false,
    },
  ];
}
