import type { Clock } from "../../clock.js";
import { ProviderError } from "../../provider-error.js";
import type { SynadiaApi } from "../../synadia/client.js";
import { SynadiaNotFound } from "../../synadia/errors.js";
import type { NatsUserView, SigningKeyGroupView } from "../../synadia/types.js";
import type { Creds } from "../creds.js";
import type {
  AdjustedUser,
  EnsuredUser,
  IssueOptions,
  Issuer,
  ObservedUser,
  Revocation,
  SynadiaIssuerInputs,
  UserDeclaration,
  UserHandle,
} from "../issuer.js";
import { AccountRevocations } from "./account-revocations.js";
import type { FreshUsers } from "./fresh-users.js";
import { Issuance } from "./issuance.js";
import { RemoteUsers } from "./remote-users.js";
import { normalizeSettings } from "./settings.js";
import { findSigningKeyGroup } from "./signing-key-group.js";

/** Issues users in an account of Synadia Cloud or of a Synadia Control Plane, by its API. */
export class SynadiaIssuer implements Issuer {
  private readonly fresh: FreshUsers = new Map();
  private readonly users: RemoteUsers;
  private readonly revocations: AccountRevocations;
  private readonly issuance: Issuance;
  private found: Promise<SigningKeyGroupView> | undefined;

  constructor(
    private readonly inputs: SynadiaIssuerInputs,
    private readonly client: SynadiaApi,
    clock: Clock,
  ) {
    const { accountId } = inputs;
    this.revocations = new AccountRevocations(client, accountId, clock);
    this.users = new RemoteUsers(client, accountId, this.revocations, this.fresh);
    this.issuance = new Issuance(client, this.revocations, clock, this.fresh);
  }

  async verify(): Promise<void> {
    await this.group();
  }

  async ensure(declaration: UserDeclaration, owner: string): Promise<EnsuredUser> {
    return this.users.ensure(declaration, owner, await this.group());
  }

  async observe(handle: UserHandle): Promise<ObservedUser | undefined> {
    const user = await this.client.getUser(handle.userId);
    return user === undefined ? undefined : this.observed(user);
  }

  async adjust(handle: UserHandle, declaration: UserDeclaration): Promise<AdjustedUser> {
    const user = await this.users.adjust(await this.existing(handle), declaration, handle.owner);
    const observed = await this.observed(user);
    if (user.user_public_key === handle.publicKey) return observed;
    return { ...observed, earlierKeys: await this.users.liveKeysOf(user) };
  }

  async issue(handle: UserHandle, declaration: UserDeclaration, options: IssueOptions): Promise<Creds> {
    const user = this.fresh.get(handle.publicKey) ?? (await this.existing(handle));
    return this.issuance.issue(user, handle, declaration, options);
  }

  revoke(revocations: readonly Revocation[]): Promise<void> {
    return this.revocations.add(revocations);
  }

  remove({ userId, name, owner }: UserHandle, keys: readonly string[]): Promise<void> {
    return this.users.remove(userId, name, owner, keys);
  }

  /** The signing-key group that users are made in; a failure to find it is final for the process. */
  private group(): Promise<SigningKeyGroupView> {
    this.found ??= this.findGroup();
    return this.found;
  }

  private async findGroup(): Promise<SigningKeyGroupView> {
    const { accountId, url, tokenFrom, signingKeyGroup } = this.inputs;
    try {
      await this.client.getAccount(accountId);
      const groups = await this.client.listSigningKeyGroups(accountId);
      return findSigningKeyGroup(groups, signingKeyGroup, accountId);
    } catch (error) {
      if (!(error instanceof SynadiaNotFound)) throw error;
      throw new ProviderError(
        `nats.synadia.accountId is "${accountId}", but ${url} has no such account, or the token that nats.synadia.tokenFrom ` +
          `(${tokenFrom}) names may not see it. Correct the id, or give the token a role for that account.`,
        { cause: error },
      );
    }
  }

  private async existing(handle: UserHandle): Promise<NatsUserView> {
    const user = await this.client.getUser(handle.userId);
    if (user !== undefined) return user;
    throw new ProviderError(
      `The NATS user ${handle.name} was deleted at ${this.inputs.url} during this run. Run again, and Haulway makes it anew.`,
    );
  }

  private async observed(user: NatsUserView): Promise<ObservedUser> {
    return {
      publicKey: user.user_public_key,
      name: user.name,
      settings: normalizeSettings(user.jwt_settings),
      revokedUntil: await this.revocations.revokedUntil(user.user_public_key),
    };
  }
}
