import { containsUnknown, type DynamicProvider } from "../dynamic-provider.js";
import type { SynadiaClient } from "../synadia/client.js";
import { SynadiaNotFound } from "../synadia/errors.js";
import type { NatsUserView } from "../synadia/types.js";
import { checkNatsUser } from "./check.js";
import { diffNatsUser, NKEY_DRIFT, reasonToIssue } from "./decisions.js";
import type { NatsUserInputs, NatsUserOutputs } from "./properties.js";
import { Reconciliation, resourceId, UNTIL_NOW } from "./reconciliation.js";
import { normalizeSettings, settingsDifferences } from "./settings.js";
import { realSurroundings, type Surroundings } from "./surroundings.js";
import { hasTag, OWNER_TAG_PREFIX, ownerTag } from "./tags.js";

/**
 * NATS users at a Synadia control plane. Credentials are issued once per generation, in create and update only; read
 * looks at what the API shows of the user, and diff asks nobody.
 */
export function natsUserProvider(
  surroundings: Surroundings = realSurroundings,
): DynamicProvider<NatsUserInputs, NatsUserOutputs> {
  return {
    check: async (_olds, inputs) => ({ inputs, failures: checkNatsUser(inputs) }),

    diff: async (_id, olds, news) => {
      const now = surroundings.now();
      const reason = containsUnknown(news) ? undefined : reasonToIssue(olds, news, now);
      if (reason !== undefined) surroundings.report(`NATS user ${olds.name} gets new credentials: ${reason}`);
      return diffNatsUser(olds, news, now);
    },

    create: async (inputs) => ({
      id: resourceId(inputs),
      outs: await new Reconciliation(inputs, surroundings).create(),
    }),

    read: async (id, props) => {
      const user = await surroundings.connect(props.synadia).getUser(props.userId);
      return user === undefined
        ? { id: "", props }
        : { id, props: { ...props, drift: findDrift(props, user) } };
    },

    update: async (_id, olds, news) => ({ outs: await new Reconciliation(news, surroundings).update(olds) }),

    delete: (_id, props) => deleteUser(surroundings.connect(props.synadia), props),
  };
}

/** What differs from the end of the last run. The JWT that the API shows is not looked at: it may be signed anew. */
function findDrift(props: NatsUserOutputs, user: NatsUserView): string[] {
  return [
    ...(user.user_public_key === props.publicKey ? [] : [NKEY_DRIFT]),
    ...(user.name === props.name ? [] : ["name"]),
    ...settingsDifferences(normalizeSettings(user.jwt_settings), props.settings),
  ];
}

/**
 * Revokes first: deleting a user does not make its credentials void, and a run that is killed in between can do both
 * again. A user that another resource has adopted stays; only what was issued for this one is revoked.
 */
async function deleteUser(client: SynadiaClient, props: NatsUserOutputs): Promise<void> {
  const { accountId } = props.synadia;
  const user = await client.getUser(props.userId);
  if (user !== undefined && isAdopted(user, props.owner)) {
    if (props.creds !== "") await revokeUnlessGone(client, accountId, props.publicKey, props.issuedAt);
    return;
  }
  const keys = [props.publicKey, ...(user === undefined ? [] : [user.user_public_key])];
  for (const key of new Set([...keys, ...props.revocations.map(({ publicKey }) => publicKey)])) {
    await revokeUnlessGone(client, accountId, key, UNTIL_NOW);
  }
  if (user !== undefined) await client.deleteUser(user.id, props.name);
}

function isAdopted(user: NatsUserView, owner: string): boolean {
  const owned = (user.jwt_settings.tags ?? []).some((tag) => tag.toLowerCase().startsWith(OWNER_TAG_PREFIX));
  return owned && !hasTag(user, ownerTag(owner));
}

/** An account that is gone takes all its credentials with it. */
async function revokeUnlessGone(
  client: SynadiaClient,
  accountId: string,
  publicKey: string,
  before: number,
): Promise<void> {
  try {
    await client.revoke(accountId, publicKey, before);
  } catch (error) {
    if (!(error instanceof SynadiaNotFound)) throw error;
  }
}
