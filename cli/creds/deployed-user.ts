import { z } from "zod";
import { rotateAt } from "../../model/credential-rotation.ts";
import type { StackRunner, StateResource } from "../run/stack-runner.ts";

/** One generation of credentials. */
interface Generation {
  /** nkey, `U…`. */
  readonly publicKey: string;
  /** Seconds since 1970; 0 stands for everything that was issued for the nkey before Haulway had the user. */
  readonly issuedAt: number;
}

/** A former generation of credentials. */
export interface FormerGeneration extends Generation {
  /** When it is revoked at the latest, in seconds since 1970; undefined if that is not known yet. */
  readonly retireAt?: number | undefined;
}

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
  readonly superseded: readonly FormerGeneration[];
}

/** The NATS users in a stack's state. */
export interface DeployedUsers {
  readonly users: readonly DeployedUser[];
  /** Whether all of them were written in the form of this version of haulway; otherwise `users` is empty. */
  readonly readable: boolean;
}

const generationSchema = z.object({ publicKey: z.string(), issuedAt: z.number() });
const formerSchema = z.array(generationSchema.extend({ retireAt: z.number().optional() }));

const natsUserSchema = z.object({
  leaving: z.boolean(),
  inputs: z.object({ user: z.string(), rotation: z.object({ every: z.number() }) }),
  outputs: generationSchema.extend({
    name: z.string(),
    expiresAt: z.number(),
    reason: z.string(),
    epoch: z.string(),
    superseded: formerSchema,
  }),
});

const retirementSchema = z.object({
  outputs: z.object({
    users: z.array(generationSchema.extend({ user: z.string(), superseded: formerSchema })),
    retired: z.record(z.string(), z.string()),
  }),
});

type Retirement = z.output<typeof retirementSchema>["outputs"];

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
  const natsUsers = z.array(natsUserSchema).safeParse(ofType("NatsUser"));
  const retirements = z.array(retirementSchema).safeParse(ofType("CredentialRetirement"));
  if (!natsUsers.success || !retirements.success) return { users: [], readable: false };
  const [retirement] = retirements.data;
  const users = natsUsers.data
    .filter(({ leaving }) => !leaving)
    .map(({ inputs: { user, rotation }, outputs }): DeployedUser => {
      const replaced = natsUsers.data.filter((other) => other.leaving && other.inputs.user === user);
      return {
        ...outputs,
        user,
        rotateAt: outputs.issuedAt === 0 ? 0 : rotateAt(outputs.issuedAt, rotation),
        superseded: formerGenerations(
          user,
          [outputs, ...replaced.map((other) => other.outputs)],
          retirement?.outputs,
        ),
      };
    });
  return { users, readable: true };
}

/**
 * The former generations of a user that may still work, the oldest first.
 *
 * @param present the user, then those that it has replaced and that are not deleted yet.
 * @param retirement what is known of revoked generations: for each user, the one than which everything older is revoked.
 */
function formerGenerations(
  user: string,
  present: readonly (Generation & { readonly superseded: readonly FormerGeneration[] })[],
  retirement: Retirement | undefined,
): readonly FormerGeneration[] {
  const noted = retirement?.users.filter((one) => one.user === user) ?? [];
  const histories = [...noted, ...present].map((one): FormerGeneration[] => [
    ...one.superseded,
    { publicKey: one.publicKey, issuedAt: one.issuedAt },
  ]);
  const revokedBefore = retirement?.retired[user];
  const revoked = histories.flatMap((history) => {
    const ids = history.map(generationId);
    return ids.slice(0, Math.max(0, ids.indexOf(revokedBefore ?? "")));
  });
  const [newest] = present.map(generationId);
  const alive = new Map<string, FormerGeneration>();
  for (const generation of histories.flat()) {
    const id = generationId(generation);
    if (id === newest || revoked.includes(id)) continue;
    alive.set(id, { ...generation, retireAt: generation.retireAt ?? alive.get(id)?.retireAt });
  }
  return [...alive.values()].sort((a, b) => a.issuedAt - b.issuedAt);
}

function generationId({ publicKey, issuedAt }: Generation): string {
  return `${publicKey}.${issuedAt}`;
}
