import { type Creds, parseCreds } from "../issuer/creds.js";
import { ProviderError, UnfinishedError } from "../provider-error.js";
import type { SynadiaClient } from "../synadia/client.js";
import { hasUnfinishedWork, NKEY_DRIFT, reasonToIssue } from "./decisions.js";
import type { NatsUserInputs, NatsUserOutputs, Revocation } from "./properties.js";
import { RemoteUser } from "./remote-user.js";
import { declaredSettings, normalizeSettings, settingsDifferences } from "./settings.js";
import { findSigningKeyGroup } from "./signing-key-group.js";
import type { Surroundings } from "./surroundings.js";
import { identityTag, newOwner } from "./tags.js";

/** How often a changed account JWT is asked for, and the pause between, until it has reached the servers. */
const SYNC_POLLS = { attempts: 60, pause: 500 } as const;

/** In a revocation: everything issued so far, by the control plane's clock. */
export const UNTIL_NOW = 0;

/** How often credentials are issued again when they are not younger than those they replace. */
const ISSUE_ATTEMPTS = 3;

/** The id of the resource: what the user is declared as, which it stays when it is lost and made again. */
export function resourceId(inputs: NatsUserInputs): string {
  return identityTag(inputs.environment, inputs.name);
}

/**
 * The one way from a declaration to a user with credentials, for creation, change, adoption and repair: observe, ensure,
 * adjust, issue, revoke. Every step finds out what is done already, so that a run that was killed at any point is
 * finished by the next.
 */
export class Reconciliation {
  private readonly client: SynadiaClient;

  constructor(
    private readonly inputs: NatsUserInputs,
    private readonly surroundings: Surroundings,
  ) {
    this.client = surroundings.connect(inputs.synadia);
  }

  /** Makes the user, or adopts the one of a run that was killed. */
  async create(): Promise<NatsUserOutputs> {
    const { synadia } = this.inputs;
    const groups = await this.client.listSigningKeyGroups(synadia.accountId);
    const group = findSigningKeyGroup(groups, synadia.signingKeyGroup, synadia.accountId);
    const owner = newOwner();
    const { user, adopted } = await this.remote(group.id, owner).ensure();
    const without: NatsUserOutputs = {
      ...this.declared(),
      userId: user.id,
      group: { id: group.id, name: group.name },
      owner,
      publicKey: user.user_public_key,
      issuedAt: 0,
      expiresAt: 0,
      reason: "",
      creds: "",
      settings: normalizeSettings(user.jwt_settings),
      drift: [],
      revocations: [],
    };
    return this.issue(without, adopted ? "adopted from a run that did not finish" : "created");
  }

  /** Brings the user from what the state knows to what is declared, asking nobody when only its address changed. */
  async update(olds: NatsUserOutputs): Promise<NatsUserOutputs> {
    if (!hasUnfinishedWork(olds) && reasonToIssue(olds, this.inputs, this.surroundings.now()) === undefined) {
      return { ...olds, ...this.declared() };
    }
    const observed = await this.client.getUser(olds.userId);
    if (observed === undefined) return this.recreate(olds);
    const drift = observed.user_public_key === olds.publicKey ? [] : [NKEY_DRIFT];
    const reason = reasonToIssue({ ...olds, drift }, this.inputs, this.surroundings.now());
    const user = await this.remote(olds.group.id, olds.owner).adjust(observed);
    const settings = normalizeSettings(user.jwt_settings);
    if (reason === undefined) {
      return this.finish({ ...olds, ...this.declared(), settings, drift: [] });
    }
    // Until there are new credentials, the state says for which permissions the old ones were issued.
    return this.finish(await this.issue({ ...olds, settings }, reason));
  }

  /** The user is gone, but its credentials are not: they are revoked before the declaration gets a new user. */
  private async recreate(olds: NatsUserOutputs): Promise<NatsUserOutputs> {
    const revocations = [...olds.revocations, { publicKey: olds.publicKey, before: UNTIL_NOW }];
    await this.finish({ ...olds, revocations });
    return { ...(await this.create()), reason: "the user was deleted outside" };
  }

  /** Issues a generation of credentials, and notes which older ones it makes void. */
  private async issue(before: NatsUserOutputs, reason: string): Promise<NatsUserOutputs> {
    let creds: Creds;
    try {
      this.verifyPermissions(before);
      creds = await this.youngerCreds(before);
    } catch (error) {
      throw new UnfinishedError(resourceId(this.inputs), before, error);
    }
    return {
      ...before,
      ...this.declared(),
      publicKey: creds.publicKey,
      issuedAt: creds.issuedAt,
      expiresAt: creds.expiresAt,
      creds: creds.text,
      reason,
      drift: [],
      revocations: [...before.revocations, ...this.revocationsFor(before, creds)],
    };
  }

  /** Credentials are signed for what the control plane holds, so that must be what is declared. */
  private verifyPermissions({ settings }: NatsUserOutputs): void {
    const differences = settingsDifferences(settings, declaredSettings(this.inputs)).filter((name) =>
      /^(pub|sub)\./.test(name),
    );
    if (differences.length === 0) return;
    throw new ProviderError(
      `The control plane did not take over the permissions of the NATS user ${this.inputs.name}: ` +
        `${differences.join(", ")} differ from what is declared. No credentials were issued. ` +
        "Run again; if it stays, compare the user in the console.",
    );
  }

  /**
   * Revocation works by whole seconds and includes the second it names, so credentials of one second cannot be told
   * apart: the new ones must be of a later second than the old ones of the same nkey.
   */
  private async youngerCreds(before: NatsUserOutputs): Promise<Creds> {
    if (this.surroundings.now() === before.issuedAt) await this.surroundings.sleep(1000);
    for (let attempt = 1; attempt <= ISSUE_ATTEMPTS; attempt++) {
      const creds = parseCreds(await this.client.issueCreds(before.userId, this.inputs.name));
      if (creds.publicKey !== before.publicKey || creds.issuedAt > before.issuedAt) return creds;
      await this.surroundings.sleep(1000);
    }
    throw new ProviderError(
      `The control plane keeps issuing credentials for the NATS user ${this.inputs.name} that are no younger than the ` +
        `present ones, so the present ones cannot be revoked. Run again; if it stays, rotate the user's nkey in the console.`,
    );
  }

  private revocationsFor(before: NatsUserOutputs, creds: Creds): Revocation[] {
    if (before.creds === "") return [];
    const sameKey = creds.publicKey === before.publicKey;
    return [{ publicKey: before.publicKey, before: sameKey ? creds.issuedAt - 1 : UNTIL_NOW }];
  }

  /** Carries out the revocations that are noted, and waits until the servers know of them. */
  private async finish(outputs: NatsUserOutputs): Promise<NatsUserOutputs> {
    if (outputs.revocations.length === 0) return outputs;
    const { accountId } = this.inputs.synadia;
    try {
      for (const { publicKey, before } of outputs.revocations) {
        await this.client.revoke(accountId, publicKey, before);
      }
      await this.untilSynchronized(accountId);
    } catch (error) {
      throw new UnfinishedError(resourceId(this.inputs), outputs, error);
    }
    return { ...outputs, revocations: [] };
  }

  private async untilSynchronized(accountId: string): Promise<void> {
    for (let poll = 0; poll < SYNC_POLLS.attempts; poll++) {
      const account = await this.client.getAccount(accountId);
      if (account.jwt_sync_status === "Complete") return;
      if (account.jwt_sync_status === "Failed") {
        throw new ProviderError(
          `Old credentials of the NATS user ${this.inputs.name} are revoked, but the control plane could not tell the ` +
            `NATS servers: ${account.jwt_sync_error || "it does not say why"}. Repair the connection of account ${accountId}, then run again.`,
        );
      }
      await this.surroundings.sleep(SYNC_POLLS.pause);
    }
    throw new ProviderError(
      `Old credentials of the NATS user ${this.inputs.name} are revoked, but the NATS servers do not know of it yet: the ` +
        `JWT of account ${accountId} is still being synchronized. Check that the servers run, then run again.`,
    );
  }

  private remote(groupId: string, owner: string): RemoteUser {
    return new RemoteUser(this.client, this.inputs, groupId, owner);
  }

  private declared(): NatsUserInputs {
    const { name, environment, synadia, publish, subscribe } = this.inputs;
    return { name, environment, synadia, publish, subscribe };
  }
}
