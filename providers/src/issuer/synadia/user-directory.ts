import type { SynadiaApi } from "../../synadia/client.js";
import type { NatsUserView } from "../../synadia/types.js";
import { hasTag } from "./tags.js";

/** The users of an account. The API can only list all of them, so one list answers until it is forgotten. */
export class UserDirectory {
  private users: Promise<readonly NatsUserView[]> | undefined;

  constructor(
    private readonly client: SynadiaApi,
    private readonly accountId: string,
  ) {}

  /** The users of a signing-key group that carry the tag, the oldest first. */
  async find(tag: string, groupId: string): Promise<NatsUserView[]> {
    this.users ??= this.client.listUsers(this.accountId);
    const users = await this.users.catch((error: unknown) => {
      this.forget();
      throw error;
    });
    return users
      .filter((user) => user.sk_group_id === groupId && hasTag(user, tag))
      .sort((a, b) => a.created.localeCompare(b.created));
  }

  /** Has the users listed again at the next question, because there may be others now. */
  forget(): void {
    this.users = undefined;
  }
}
