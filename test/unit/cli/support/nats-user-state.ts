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
}

/** The resources of a team's stack: its users, and what is known of their former credentials. */
export function natsResources(
  users: readonly NatsUserState[],
  retired: Readonly<Record<string, string>> = {},
): StateResource[] {
  return [
    { type: "kubernetes:core/v1:Namespace", inputs: {}, outputs: {} },
    ...users.map(({ user, every = 0, ...more }) => ({
      type: "pulumi-nodejs:dynamic/haulway:NatsUser",
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
      outputs: { retired },
    },
  ];
}
