import { type FailedCall, SynadiaRejected } from "./errors.js";
import type { AccountView, IssuanceView, NatsUserView, SigningKeyGroupView } from "./types.js";

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads the answers of the control plane field by field: what Haulway relies on must be there and have its type; the
 * rest is ignored, so that a new field breaks nothing.
 */
export class AnswerReader {
  constructor(private readonly call: FailedCall) {}

  /** The user in an answer. */
  user(text: string): NatsUserView {
    return this.toUser(this.object(this.parse(text), "the answer"));
  }

  /** The users of a list. */
  users(text: string): NatsUserView[] {
    return this.items(text).map((item) => this.toUser(item));
  }

  /** The issuances of a list. */
  issuances(text: string): IssuanceView[] {
    return this.items(text).map((item) => ({
      sub: this.string(item, "sub"),
      iat_max: this.number(item, "iat_max"),
      status: this.string(item, "status"),
    }));
  }

  /** The second up to which a revocation reaches. */
  revokedUntil(text: string): number {
    return this.number(this.object(this.parse(text), "the answer"), "before");
  }

  /** The signing-key groups of a list. */
  groups(text: string): SigningKeyGroupView[] {
    return this.items(text).map((item) => ({
      id: this.string(item, "id"),
      name: this.string(item, "name"),
      programmatic: item["programmatic"] === true,
      is_scoped: item["is_scoped"] === true,
      disabled: item["disabled"] === true,
      missing_seed: item["missing_seed"] === true,
    }));
  }

  /** The account in an answer. */
  account(text: string): AccountView {
    const account = this.object(this.parse(text), "the answer");
    const status = this.string(account, "jwt_sync_status");
    if (status !== "InProgress" && status !== "Complete" && status !== "Failed") {
      throw this.unreadable(`jwt_sync_status is ${JSON.stringify(status)}`);
    }
    const error = account["jwt_sync_error"];
    return {
      id: this.string(account, "id"),
      jwt_sync_status: status,
      jwt_sync_error: typeof error === "string" ? error : "",
    };
  }

  private toUser(user: Json): NatsUserView {
    const group = user["sk_group_id"];
    return {
      id: this.string(user, "id"),
      name: this.string(user, "name"),
      created: this.string(user, "created"),
      user_public_key: this.string(user, "user_public_key"),
      ...(typeof group === "string" ? { sk_group_id: group } : {}),
      jwt_expires_in_secs: this.number(user, "jwt_expires_in_secs"),
      jwt_settings: this.object(user["jwt_settings"] ?? {}, "jwt_settings"),
    };
  }

  private items(text: string): Json[] {
    const items = this.object(this.parse(text), "the answer")["items"];
    if (!Array.isArray(items)) throw this.unreadable("it has no list of items");
    return items.map((item) => this.object(item, "an item"));
  }

  private parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.unreadable("it is not JSON");
    }
  }

  private object(value: unknown, what: string): Json {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.unreadable(`${what} is not an object`);
    }
    return value as Json;
  }

  private string(object: Json, field: string): string {
    const value = object[field];
    if (typeof value !== "string") throw this.unreadable(`${field} is missing`);
    return value;
  }

  private number(object: Json, field: string): number {
    const value = object[field];
    if (typeof value !== "number") throw this.unreadable(`${field} is missing`);
    return value;
  }

  private unreadable(problem: string): SynadiaRejected {
    return new SynadiaRejected(
      this.call,
      undefined,
      `its answer cannot be read: ${problem}. Check that nats.synadia.url is the address of a control plane.`,
    );
  }
}
