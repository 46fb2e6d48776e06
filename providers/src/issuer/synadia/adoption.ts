import { REAL_CLOCK } from "../../clock.js";
import { readSecret } from "../../secret-source.js";
import { SynadiaClient } from "../../synadia/client.js";
import type { NatsUserView } from "../../synadia/types.js";
import { identityTag } from "../identity.js";
import type { SynadiaIssuerInputs } from "../issuer.js";
import { findSigningKeyGroup } from "./signing-key-group.js";
import { SynadiaIssuer } from "./synadia-issuer.js";
import { hasTag } from "./tags.js";

export { ProviderError } from "../../provider-error.js";

/** A user of an account, as far as it matters to whether Haulway may adopt it. */
export interface AccountUser {
  readonly id: string;
  readonly name: string;
  /** Whether it is in the signing-key group that Haulway's users are issued in. */
  readonly inGroup: boolean;
  /** What it is declared as, `<environment>:<name>`, by the marks it carries. Empty for a user that is not Haulway's. */
  readonly identities: readonly string[];
}

/** How every mark begins that says what a user is declared as; see `identityTag`. */
const IDENTITY_PREFIX = "haulway:";

/** The users of an account, and the mark that makes Haulway adopt one of them. */
export class AdoptionOffice {
  private constructor(
    private readonly client: SynadiaClient,
    private readonly accountId: string,
    private readonly groupId: string,
  ) {}

  /**
   * @param variables where the variable is that `tokenFrom` names
   * @throws ProviderError naming the setting when the token, the account or the signing-key group is not usable
   */
  static async open(
    inputs: SynadiaIssuerInputs,
    variables: Readonly<Record<string, string | undefined>>,
  ): Promise<AdoptionOffice> {
    const { url, accountId, signingKeyGroup, tokenFrom } = inputs;
    const setting = "nats.synadia.tokenFrom";
    const token = readSecret(tokenFrom, setting, variables);
    const client = new SynadiaClient({ url, token, tokenOrigin: `${setting} (${tokenFrom})` });
    await new SynadiaIssuer(inputs, client, REAL_CLOCK).verify();
    const groups = await client.listSigningKeyGroups(accountId);
    return new AdoptionOffice(client, accountId, findSigningKeyGroup(groups, signingKeyGroup, accountId).id);
  }

  /** Every user of the account, by name. */
  async users(): Promise<AccountUser[]> {
    const users = await this.client.listUsers(this.accountId);
    return users
      .map((user) => ({
        id: user.id,
        name: user.name,
        inGroup: user.sk_group_id === this.groupId,
        identities: identitiesOf(user),
      }))
      .sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
  }

  /**
   * Marks a user as what is declared, so that the next run adopts it. Changes nothing else of it, and nothing at all when it
   * carries the mark.
   *
   * @returns whether there was such a user
   */
  async mark(userId: string, environment: string, name: string): Promise<boolean> {
    const user: NatsUserView | undefined = await this.client.getUser(userId);
    if (user === undefined) return false;
    const tag = identityTag(environment, name);
    if (!hasTag(user, tag)) {
      const { jwt_settings: settings } = user;
      await this.client.updateUser(user.id, user.name, {
        // Every setting is said again: what a change leaves out may be taken for what is to go.
        jwt_settings: { ...settings, tags: [...(settings.tags ?? []), tag] },
      });
    }
    return true;
  }
}

function identitiesOf({ jwt_settings: { tags } }: NatsUserView): string[] {
  return (tags ?? [])
    .filter((tag) => tag.toLowerCase().startsWith(IDENTITY_PREFIX))
    .map((tag) => tag.slice(IDENTITY_PREFIX.length));
}
