import type { SynadiaClient } from "../synadia/client.js";
import { SynadiaUnavailable } from "../synadia/errors.js";
import type { NatsUserView } from "../synadia/types.js";
import type { NatsUserInputs } from "./properties.js";
import {
  declaredSettings,
  normalizeSettings,
  settingsDifferences,
  settingsToChange,
  settingsToCreate,
} from "./settings.js";
import { hasTag, identityTag, ownerTag } from "./tags.js";

/** JWTs that never expire; said at every change, because the account may have another default. */
const NO_EXPIRY = 0;

/** How often a creation is tried when the control plane answers that it failed and shows no user. */
const CREATE_ATTEMPTS = 3;

/** One declared user at the control plane: finding it, creating it, and making it what is declared. */
export class RemoteUser {
  constructor(
    private readonly client: SynadiaClient,
    private readonly inputs: NatsUserInputs,
    private readonly groupId: string,
    private readonly owner: string,
  ) {}

  /** The user that an earlier run created and did not live to record, or a new one. */
  async ensure(): Promise<{ user: NatsUserView; adopted: boolean }> {
    const found = await this.find();
    if (found !== undefined) return { user: await this.adjust(found), adopted: true };
    for (let attempt = 1; ; attempt++) {
      try {
        return { user: await this.create(), adopted: false };
      } catch (error) {
        if (!(error instanceof SynadiaUnavailable) || !error.mayHaveActed) throw error;
        const created = await this.find();
        if (created !== undefined) return { user: await this.adjust(created), adopted: true };
        // Without an answer the control plane may still be at it: only the next run can tell.
        if (error.status === undefined || attempt === CREATE_ATTEMPTS) throw error;
      }
    }
  }

  /** Makes the user what is declared, and this resource its owner. Does nothing when it is so already. */
  async adjust(user: NatsUserView): Promise<NatsUserView> {
    const differs =
      user.name !== this.inputs.name ||
      this.tags().some((tag) => !hasTag(user, tag)) ||
      settingsDifferences(normalizeSettings(user.jwt_settings), declaredSettings(this.inputs)).length > 0;
    if (!differs) return user;
    return this.client.updateUser(user.id, {
      name: this.inputs.name,
      jwt_expires_in_secs: NO_EXPIRY,
      jwt_settings: settingsToChange(this.inputs, this.tags()),
    });
  }

  private create(): Promise<NatsUserView> {
    return this.client.createUser(this.inputs.synadia.accountId, {
      name: this.inputs.name,
      sk_group_id: this.groupId,
      jwt_expires_in_secs: NO_EXPIRY,
      jwt_settings: settingsToCreate(this.inputs, this.tags()),
    });
  }

  /** The oldest user with the identity of this declaration. Later ones hold credentials that nobody has: they go. */
  private async find(): Promise<NatsUserView | undefined> {
    const { name, environment, synadia } = this.inputs;
    const { accountId } = synadia;
    const [first, ...orphans] = (await this.client.listUsers(accountId))
      .filter((user) => user.sk_group_id === this.groupId && user.name === name)
      .filter((user) => hasTag(user, identityTag(environment, name)))
      .sort((a, b) => a.created.localeCompare(b.created));
    for (const orphan of orphans) {
      await this.client.revoke(accountId, orphan.user_public_key, 0);
      await this.client.deleteUser(orphan.id, orphan.name);
    }
    return first;
  }

  private tags(): string[] {
    return [identityTag(this.inputs.environment, this.inputs.name), ownerTag(this.owner)];
  }
}
