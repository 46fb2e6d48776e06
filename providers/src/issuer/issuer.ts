import type { Creds } from "./creds.js";
import { operatorIssuer } from "./operator/operator-issuer.js";
import type { Settings } from "./settings.js";
import { synadiaIssuer } from "./synadia/connect.js";

export type { Creds } from "./creds.js";
export type { Settings } from "./settings.js";

/** Where users are issued, as the environment file chooses it. */
export type IssuerInputs = SynadiaIssuerInputs | OperatorIssuerInputs;

/** An account of Synadia Cloud, or of a Synadia Control Plane. */
export interface SynadiaIssuerInputs {
  readonly kind: "synadia";
  /** Base URL of the control plane, without `/api`. */
  readonly url: string;
  readonly accountId: string;
  /** Id or name (any case) of the signing-key group. */
  readonly signingKeyGroup: string;
  /** Name of the variable that holds the API token; with `_FILE` appended, of the one that names a file. */
  readonly tokenFrom: string;
  /** How many calls to the control plane run at once, over the whole provider process. */
  readonly parallelCalls: number;
}

/** An account of a nats-server in operator mode, whose keys are at hand. Every `…From` names a variable, or with `_FILE` a file. */
export interface OperatorIssuerInputs {
  readonly kind: "operator";
  /** URLs of the servers, separated by commas. */
  readonly servers: string;
  /** Public key of the account, `A…`. */
  readonly account: string;
  /** Seed of a signing key of the account, which signs users. */
  readonly signingKeyFrom: string;
  /** Seed of the operator, or of a signing key of it, which signs the account. */
  readonly operatorKeyFrom: string;
  /** Creds of a user of the system account, who tells the servers about a changed account. */
  readonly systemCredsFrom: string;
}

/** What a user is to be. */
export interface UserDeclaration {
  /** Name in the account. */
  readonly name: string;
  readonly environment: string;
  /** Subjects the user may publish to. Empty: none. */
  readonly publish: readonly string[];
  /** Subjects the user may subscribe to, its inbox left out. */
  readonly subscribe: readonly string[];
  /** Whether the user may publish one answer to each request it receives, within a minute. */
  readonly respond: boolean;
  /** Prefix of the user's own inboxes, without the dot at its end; the user may subscribe below it. */
  readonly inbox: string;
  /** When credentials stop working, in unix seconds; 0: never. */
  readonly expires: number;
}

/** A user as the state remembers it. */
export interface UserHandle {
  /** Id by which the issuer finds the user. */
  readonly userId: string;
  /** nkey of the present credentials, `U…`; the user may have got another one since. */
  readonly publicKey: string;
  /** Mark of the resource that holds the user: a user that carries another one is somebody else's. */
  readonly owner: string;
  /** Name in the account. */
  readonly name: string;
  /** Synadia only: the signing-key group the user is in. */
  readonly group?: { readonly id: string; readonly name: string };
}

/** What can be seen of a user without issuing anything. */
export interface ObservedUser {
  readonly publicKey: string;
  readonly name: string;
  /** Rights and limits, without the time at which credentials expire. */
  readonly settings: Settings;
  /** Credentials of `publicKey` issued up to this second are revoked; 0: none are. */
  readonly revokedUntil: number;
}

/** A user that was made what is declared. */
export interface AdjustedUser extends ObservedUser {
  /**
   * If the user has another nkey than `handle.publicKey`: all nkeys, the present one included, for which credentials may
   * have been issued that still work, as far as the issuer knows. Absent: none.
   */
  readonly earlierKeys?: readonly string[];
}

/** A user that exists now. */
export interface EnsuredUser {
  readonly handle: UserHandle;
  /** Whether the user was there before this call made it what is declared. */
  readonly adopted: boolean;
  readonly settings: Settings;
  /**
   * Every nkey for which credentials may have been issued that still work, the present nkey included. Empty for a user
   * that this call made. Nobody knows who holds those credentials, so they are to be revoked once new ones are in use.
   */
  readonly earlierKeys: readonly string[];
}

/** What to issue. */
export interface IssueOptions {
  /** Whether the user must have another nkey than `handle.publicKey`, because that one's seed may be known to others. */
  readonly newKey: boolean;
  /** The present creds file, from which an issuer that keeps no seeds takes the nkey. Absent: there is none yet. */
  readonly present?: string;
}

/** Credentials of an nkey that must stop working. */
export interface Revocation {
  /** nkey, `U…`. */
  readonly publicKey: string;
  /** Unix seconds: what was issued up to and including this second is revoked. 0: everything issued until now. */
  readonly before: number;
}

/**
 * Who makes NATS users and signs their credentials. Every method may be called again after it failed or was killed, and
 * then finds out what is done already. All of them throw ProviderError.
 */
export interface Issuer {
  /**
   * Makes sure that the issuer can issue: its secrets are accepted, the account exists, and its key signs. Changes
   * nothing. Asks once per process.
   * @throws ProviderError naming the setting that is wrong, for example `nats.synadia.tokenFrom`
   */
  verify(): Promise<void>;

  /**
   * Finds the user that a run left which did not finish, or makes one, and marks it.
   *
   * @param owner a mark that no user carries yet
   */
  ensure(declaration: UserDeclaration, owner: string): Promise<EnsuredUser>;

  /** Looks at the user; `undefined` when it is gone. */
  observe(handle: UserHandle): Promise<ObservedUser | undefined>;

  /** Makes an existing user what is declared. Changes nothing when it is so already. */
  adjust(handle: UserHandle, declaration: UserDeclaration): Promise<AdjustedUser>;

  /**
   * Issues credentials. They are younger, in whole seconds, than all that were issued for the same nkey before, so that
   * the older ones can be revoked apart from them.
   */
  issue(handle: UserHandle, declaration: UserDeclaration, options: IssueOptions): Promise<Creds>;

  /** Revokes, and waits until the servers know. Never takes back or weakens a revocation that is there. */
  revoke(revocations: readonly Revocation[]): Promise<void>;

  /**
   * Revokes all credentials that were ever issued for the user, then removes it; a user that is gone counts as removed. A
   * user that another resource has adopted is left alone with all its credentials: that resource sees to them.
   *
   * @param keys the nkeys that the state knows of; the issuer may know more
   */
  remove(handle: UserHandle, keys: readonly string[]): Promise<void>;
}

/** One generation of a user's credentials. Times are unix seconds. */
export interface Generation {
  /** nkey, `U…`. */
  readonly publicKey: string;
  readonly issuedAt: number;
  /** 0: never. */
  readonly expiresAt: number;
  /** Why it was made, for people. */
  readonly reason: string;
  /** Epoch of the declaration it was made for. */
  readonly epoch: string;
}

/** A generation that a younger one has taken the place of, and that is not to work much longer. */
export interface SupersededGeneration {
  /** nkey, `U…`. */
  readonly publicKey: string;
  /** Unix seconds; 0 stands for everything issued for the nkey before the next younger generation. */
  readonly issuedAt: number;
  /** When it is revoked at the latest, in unix seconds. */
  readonly retireAt: number;
  /** Why it was made, or why it is not known, for people. */
  readonly reason: string;
}

/**
 * Names a generation of credentials: `<publicKey>.<issuedAt>`. The manifests put the same into the pods' annotation, and
 * the key of the creds file in the Secret is this with `.creds` appended.
 */
export function generationId({ publicKey, issuedAt }: Pick<Generation, "publicKey" | "issuedAt">): string {
  return `${publicKey}.${issuedAt}`;
}

const connected = new Map<string, Issuer>();

/**
 * The issuer that the inputs describe: one for all resources of a process that name the same, so that they share what it
 * has found out and the bound on its calls. Calls nobody yet.
 *
 * @throws ProviderError naming the setting of a secret that is not there
 */
export function connectIssuer(inputs: IssuerInputs): Issuer {
  const key = JSON.stringify(Object.entries(inputs).sort(([a], [b]) => a.localeCompare(b)));
  const known = connected.get(key);
  if (known !== undefined) return known;
  const issuer = inputs.kind === "synadia" ? synadiaIssuer(inputs) : operatorIssuer(inputs);
  connected.set(key, issuer);
  return issuer;
}
