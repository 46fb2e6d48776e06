import { z } from "zod";
import { rotateAt } from "../../model/credential-rotation.ts";
import type { StackRunner, StateResource } from "../run/stack-runner.ts";

/** A NATS user as the state of a team's stack has it. Times are seconds since 1970; 0 is never. */
export interface DeployedUser {
  /** What people call it: `claims/intake/publisher`. */
  readonly user: string;
  /** Name in the NATS account. */
  readonly name: string;
  /** nkey of the present credentials. */
  readonly publicKey: string;
  /** 0 when there are no credentials yet. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly rotateAt: number;
  /** Why the present credentials were made. */
  readonly reason: string;
  /** The epochs of the team's and the environment's file that they were made for: `0.1`. */
  readonly epoch: string;
  /** Former generations that are not known to be revoked, the oldest first. */
  readonly superseded: readonly { publicKey: string; issuedAt: number; retireAt: number }[];
}

/** The NATS users in a stack's state. */
export interface DeployedUsers {
  readonly users: readonly DeployedUser[];
  /** Whether all of them were written in the form of this version of haulway; otherwise `users` is empty. */
  readonly readable: boolean;
}

const generationSchema = z.object({ publicKey: z.string(), issuedAt: z.number() });

const natsUserSchema = z.object({
  inputs: z.object({ user: z.string(), rotation: z.object({ every: z.number() }) }),
  outputs: generationSchema.extend({
    name: z.string(),
    expiresAt: z.number(),
    reason: z.string(),
    epoch: z.string(),
    superseded: z.array(generationSchema.extend({ retireAt: z.number() })),
  }),
});

const retirementSchema = z.object({ outputs: z.object({ retired: z.record(z.string(), z.string()) }) });

/** The NATS users in the state of a stack; none if there is no such stack. */
export async function readDeployedUsers(
  runner: Pick<StackRunner, "list" | "resources">,
  stack: string,
): Promise<DeployedUsers> {
  const exists = (await runner.list()).some(({ name }) => name === stack);
  return deployedUsers(exists ? await runner.resources(stack) : []);
}

/** The NATS users among the resources of a stack, with the generations of their credentials. */
export function deployedUsers(resources: readonly StateResource[]): DeployedUsers {
  const ofType = (name: string) =>
    resources.filter(({ type }) => type === `pulumi-nodejs:dynamic/haulway:${name}`);
  const parsed = z.array(natsUserSchema).safeParse(ofType("NatsUser"));
  if (!parsed.success) return { users: [], readable: false };
  const revokedBefore = new Map(
    ofType("CredentialRetirement").flatMap((one) =>
      Object.entries(retirementSchema.safeParse(one).data?.outputs.retired ?? {}),
    ),
  );
  const users = parsed.data.map(({ inputs, outputs }) => {
    const { user, rotation } = inputs;
    const { superseded, ...rest } = outputs;
    return {
      ...rest,
      user,
      rotateAt: outputs.issuedAt === 0 ? 0 : rotateAt(outputs.issuedAt, rotation),
      superseded: superseded.slice(revokedGenerations([...superseded, outputs], revokedBefore.get(user))),
    };
  });
  return { users, readable: true };
}

/** How many of the generations, the oldest first, are older than the one than which everything older is revoked. */
function revokedGenerations(
  generations: readonly z.output<typeof generationSchema>[],
  revokedBefore: string | undefined,
): number {
  const place = generations.findIndex(
    ({ publicKey, issuedAt }) => `${publicKey}.${issuedAt}` === revokedBefore,
  );
  return Math.max(0, place);
}
