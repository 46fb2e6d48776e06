import { AnswerReader } from "./answers.js";
import { SynadiaNotFound } from "./errors.js";
import { type SynadiaRequest, SynadiaTransport, type SynadiaTransportOptions } from "./transport.js";
import type {
  AccountView,
  IssuanceView,
  NatsUserCreateRequest,
  NatsUserUpdateRequest,
  NatsUserView,
  SigningKeyGroupView,
} from "./types.js";

/** What {@link SynadiaClient} offers, for code that need not know how it is done. */
export type SynadiaApi = Pick<SynadiaClient, keyof SynadiaClient>;

/** The operations of Synadia's control plane that Haulway needs. All of them throw SynadiaError. */
export class SynadiaClient {
  private readonly transport: SynadiaTransport;

  constructor(private readonly options: SynadiaTransportOptions) {
    this.transport = new SynadiaTransport(options);
  }

  /** Every user of the account; the API has neither a filter nor pages. */
  async listUsers(accountId: string): Promise<NatsUserView[]> {
    const request = get(
      `list the NATS users of account ${accountId}`,
      `/accounts/${segment(accountId)}/nats-users`,
    );
    return this.reader(request).users(await this.transport.send(request));
  }

  /** The user, or `undefined` when there is none of that id. */
  async getUser(userId: string): Promise<NatsUserView | undefined> {
    const request = get(`read the NATS user ${userId}`, `/nats-users/${segment(userId)}`);
    const answer = await absentAsUndefined(this.transport.send(request));
    return answer === undefined ? undefined : this.reader(request).user(answer);
  }

  /** Creates a user. Not idempotent: after SynadiaUnavailable with `mayHaveActed`, look before creating again. */
  async createUser(accountId: string, user: NatsUserCreateRequest): Promise<NatsUserView> {
    const request: SynadiaRequest = {
      purpose: `create the NATS user ${user.name}`,
      method: "POST",
      path: `/accounts/${segment(accountId)}/nats-users`,
      body: user,
      createsAnew: true,
    };
    return this.reader(request).user(await this.transport.send(request));
  }

  /** Changes a user. Credentials that were issued before keep what they allow, and until when. */
  async updateUser(userId: string, name: string, change: NatsUserUpdateRequest): Promise<NatsUserView> {
    const request: SynadiaRequest = {
      purpose: `change the NATS user ${name}`,
      method: "PATCH",
      path: `/nats-users/${segment(userId)}`,
      body: change,
    };
    return this.reader(request).user(await this.transport.send(request));
  }

  /** Removes a user, or finds it gone. Its credentials stay valid until they are revoked. */
  async deleteUser(userId: string, name: string): Promise<void> {
    await absentAsUndefined(
      this.transport.send({
        purpose: `delete the NATS user ${name}`,
        method: "DELETE",
        path: `/nats-users/${segment(userId)}`,
      }),
    );
  }

  /** Signs and hands out new credentials: another JWT every time, and an entry in the control plane's records. */
  issueCreds(userId: string, name: string): Promise<string> {
    return this.transport.send({
      purpose: `issue credentials for the NATS user ${name}`,
      method: "POST",
      path: `/nats-users/${segment(userId)}/creds`,
      createsAnew: true,
    });
  }

  /**
   * Gives the user another nkey; what was issued for the old one stays valid. Not idempotent: after SynadiaUnavailable
   * with `mayHaveActed`, look at the user's nkey before rotating again.
   */
  async rotateUser(userId: string, name: string): Promise<NatsUserView> {
    const request: SynadiaRequest = {
      purpose: `make a new nkey for the NATS user ${name}`,
      method: "POST",
      path: `/nats-users/${segment(userId)}/rotate`,
      createsAnew: true,
    };
    return this.reader(request).user(await this.transport.send(request));
  }

  /** What was ever issued for the user, for all its nkeys; nothing when there is no such user. */
  async listIssuances(userId: string): Promise<IssuanceView[]> {
    const request = get(
      `list the issuances of the NATS user ${userId}`,
      `/nats-users/${segment(userId)}/issuances`,
    );
    const answer = await absentAsUndefined(this.transport.send(request));
    return answer === undefined ? [] : this.reader(request).issuances(answer);
  }

  /** Unix seconds up to which what was issued for the nkey is revoked; 0 when nothing is. */
  async revokedUntil(accountId: string, publicKey: string): Promise<number> {
    const request = get(
      `read the revocation of ${publicKey}`,
      `/accounts/${segment(accountId)}/nats-user-revocations/${segment(publicKey)}`,
    );
    const answer = await absentAsUndefined(this.transport.send(request));
    return answer === undefined ? 0 : this.reader(request).revokedUntil(answer);
  }

  /**
   * Revokes what was issued for the nkey up to and including the second `before`, in unix seconds; 0 is the control
   * plane's present time. Reaches the servers some time later, see {@link getAccount}.
   */
  async revoke(accountId: string, publicKey: string, before: number): Promise<void> {
    await this.transport.send({
      purpose: `revoke credentials of ${publicKey}`,
      method: "PUT",
      path: `/accounts/${segment(accountId)}/nats-user-revocations/${segment(publicKey)}`,
      body: { before },
    });
  }

  /** Every signing-key group of the account. */
  async listSigningKeyGroups(accountId: string): Promise<SigningKeyGroupView[]> {
    const request = get(
      `list the signing-key groups of account ${accountId}`,
      `/accounts/${segment(accountId)}/account-sk-groups`,
    );
    return this.reader(request).groups(await this.transport.send(request));
  }

  /** The account, with the state of its JWT on the servers. */
  async getAccount(accountId: string): Promise<AccountView> {
    const request = get(`read account ${accountId}`, `/accounts/${segment(accountId)}`);
    return this.reader(request).account(await this.transport.send(request));
  }

  private reader(request: SynadiaRequest): AnswerReader {
    return new AnswerReader({ purpose: request.purpose, url: this.options.url });
  }
}

function get(purpose: string, path: string): SynadiaRequest {
  return { purpose, method: "GET", path };
}

function segment(id: string): string {
  return encodeURIComponent(id);
}

async function absentAsUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof SynadiaNotFound) return undefined;
    throw error;
  }
}
