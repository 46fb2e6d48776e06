import type { SynadiaApi } from "../../synadia/client.js";
import type { NatsUserView, SigningKeyGroupView } from "../../synadia/types.js";
import { identityTag } from "../identity.js";
import type { EnsuredUser, UserDeclaration } from "../issuer.js";
import { settingsDifferences } from "../settings.js";
import type { AccountRevocations } from "./account-revocations.js";
import { doOnce } from "./do-once.js";
import type { FreshUsers } from "./fresh-users.js";
import { declaredSettings, normalizeSettings, settingsToChange, settingsToCreate } from "./settings.js";
import { foreignTags, hasTag, isOwnedByAnother, ownerTag } from "./tags.js";
import { UserDirectory } from "./user-directory.js";

/** JWTs that never expire. It is always said, because the account may have another default. */
const NO_EXPIRY = 0;

/** The users of an account at the control plane: finding, making, changing and removing them. */
export class RemoteUsers {
  private readonly directory: UserDirectory;

  constructor(
    private readonly client: SynadiaApi,
    private readonly accountId: string,
    private readonly revocations: AccountRevocations,
    private readonly fresh: FreshUsers,
  ) {
    this.directory = new UserDirectory(client, accountId);
  }

  /** The user that an earlier run made and did not live to record, or that was marked to be taken over, or a new one. */
  async ensure(
    declaration: UserDeclaration,
    owner: string,
    group: SigningKeyGroupView,
  ): Promise<EnsuredUser> {
    const found = await this.find(declaration, group);
    const user =
      found ??
      (await doOnce(
        () => this.create(declaration, owner, group),
        () => {
          this.directory.forget();
          return this.find(declaration, group);
        },
      ));
    const isMade = found === undefined && hasTag(user, ownerTag(owner));
    if (isMade) this.fresh.set(user.user_public_key, user);
    const mine = isMade ? user : await this.adjust(user, declaration, owner);
    return {
      handle: {
        userId: mine.id,
        publicKey: mine.user_public_key,
        owner,
        name: mine.name,
        group: { id: group.id, name: group.name },
      },
      adopted: !isMade,
      settings: normalizeSettings(mine.jwt_settings),
      earlierKeys: isMade ? [] : await this.liveKeysOf(mine),
    };
  }

  /** Makes the user what is declared, and the resource its owner. Its expiry is set when credentials are issued. */
  async adjust(user: NatsUserView, declaration: UserDeclaration, owner: string): Promise<NatsUserView> {
    const tags = tagsOf(declaration, owner);
    const differs =
      user.name !== declaration.name ||
      tags.some((tag) => !hasTag(user, tag)) ||
      settingsDifferences(normalizeSettings(user.jwt_settings), declaredSettings(declaration)).length > 0;
    if (!differs) return user;
    return this.client.updateUser(user.id, declaration.name, {
      name: declaration.name,
      jwt_settings: settingsToChange(declaration, [...foreignTags(user), ...tags]),
    });
  }

  /** The user's nkey, and all others that it had and for which something was issued that may still work. */
  async liveKeysOf(user: NatsUserView): Promise<string[]> {
    const issued = await this.client.listIssuances(user.id);
    const live = issued.filter(({ status }) => status !== "Revoked" && status !== "Expired");
    return [...new Set([user.user_public_key, ...live.map(({ sub }) => sub)])];
  }

  /** Removes a user, unless another resource has adopted it. */
  async remove(userId: string, name: string, owner: string, keys: readonly string[]): Promise<void> {
    const user = await this.client.getUser(userId);
    if (user !== undefined && isOwnedByAnother(user, owner)) return;
    await this.end(userId, name, user === undefined ? keys : [...keys, user.user_public_key]);
  }

  /** The oldest user with the identity of this declaration. Later ones hold credentials that nobody has: they go. */
  private async find(
    { environment, name }: UserDeclaration,
    group: SigningKeyGroupView,
  ): Promise<NatsUserView | undefined> {
    const [first, ...orphans] = await this.directory.find(identityTag(environment, name), group.id);
    for (const orphan of orphans) await this.end(orphan.id, orphan.name, [orphan.user_public_key]);
    return first;
  }

  private create(
    declaration: UserDeclaration,
    owner: string,
    group: SigningKeyGroupView,
  ): Promise<NatsUserView> {
    return this.client.createUser(this.accountId, {
      name: declaration.name,
      sk_group_id: group.id,
      jwt_expires_in_secs: NO_EXPIRY,
      jwt_settings: settingsToCreate(declaration, tagsOf(declaration, owner)),
    });
  }

  /**
   * Revokes first: deleting a user does not make its credentials void, and a run that is killed in between can do both
   * again.
   */
  private async end(userId: string, name: string, keys: readonly string[]): Promise<void> {
    const issued = await this.client.listIssuances(userId);
    await this.revocations.addAll([...keys, ...issued.map(({ sub }) => sub)]);
    await this.client.deleteUser(userId, name);
    this.directory.forget();
  }
}

function tagsOf({ environment, name }: UserDeclaration, owner: string): string[] {
  return [identityTag(environment, name), ownerTag(owner)];
}
