import { createRequire } from "node:module";
import type { UserDeclaration } from "@haulway/providers/issuer/issuer";
import { SynadiaIssuer } from "@haulway/providers/issuer/synadia/synadia-issuer";
import type { NatsUserInputs, NatsUserOutputs } from "@haulway/providers/nats-user/properties";
import { natsUserProvider } from "@haulway/providers/nats-user/provider";
import type { SynadiaApi } from "@haulway/providers/synadia/client";
import type {
  AccountView,
  IssuanceView,
  JwtSettings,
  NatsUserCreateRequest,
  NatsUserUpdateRequest,
  NatsUserView,
  SigningKeyGroupView,
} from "@haulway/providers/synadia/types";

// The package tells failures apart by class, so they have to be of the classes that its own modules load.
const load = createRequire(import.meta.url);
const { UnfinishedError } = load(
  "@haulway/providers/provider-error",
) as typeof import("@haulway/providers/provider-error");
const { SynadiaNotFound, SynadiaRejected, SynadiaUnavailable } = load(
  "@haulway/providers/synadia/errors",
) as typeof import("@haulway/providers/synadia/errors");

/** How a call goes wrong. `kill` is the end of the process that made it; the others are failures that it sees. */
export const FAULTS = [
  "kill before",
  "kill after",
  "429",
  "400",
  "500 before",
  "500 after",
  "no answer before",
  "no answer after",
] as const;

/** See {@link FAULTS}. */
export type FaultKind = (typeof FAULTS)[number];

/** A fault of one of a run's calls, counted from 0. */
export interface Fault {
  readonly call: number;
  readonly kind: FaultKind;
}

/** Credentials that were issued at some time. */
export interface IssuedCreds {
  readonly publicKey: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly settings: JwtSettings;
}

/** The end of a process. Nothing that it does afterwards has an effect. */
class Killed extends Error {}

type Operation = keyof SynadiaApi;

const GROUP: SigningKeyGroupView = {
  id: "group-1",
  name: "Default",
  programmatic: false,
  is_scoped: false,
  disabled: false,
  missing_seed: false,
};

/** Digits as an nkey may have them. */
const DIGITS = "ABCDEFGHIJ";

/**
 * A control plane in memory with a clock that the test owns. It behaves as its API is documented: names are no keys,
 * creating, rotating and issuing are not idempotent, revocation is by whole seconds and inclusive, and nothing is revoked
 * by itself. Time passes only when somebody sleeps or the test says so.
 */
export class World implements SynadiaApi {
  now = 1_800_000_000;
  readonly users = new Map<string, NatsUserView>();
  readonly issued: (IssuedCreds & { readonly userId: string })[] = [];
  readonly revocations = new Map<string, number>();
  /** The operations that the present run has called. */
  calls: Operation[] = [];
  private fault: Fault | undefined;
  private dead = false;
  private counter = 0;

  /** Begins a run, whose calls are counted anew. */
  begin(fault?: Fault): void {
    this.calls = [];
    this.fault = fault;
    this.dead = false;
  }

  /** Whether the process of the present run is gone. */
  get isKilled(): boolean {
    return this.dead;
  }

  /** Whether a server accepts the credentials. */
  accepts({ publicKey, issuedAt }: Pick<IssuedCreds, "publicKey" | "issuedAt">): boolean {
    const creds = this.issued.find((one) => one.publicKey === publicKey && one.issuedAt === issuedAt);
    return (
      creds !== undefined &&
      issuedAt > (this.revocations.get(publicKey) ?? 0) &&
      (creds.expiresAt === 0 || creds.expiresAt > this.now)
    );
  }

  /** All credentials that a server accepts. */
  accepted(): IssuedCreds[] {
    return this.issued.filter((creds) => this.accepts(creds));
  }

  /** Somebody else gives the user another nkey. */
  rekey(user: NatsUserView): NatsUserView {
    return this.put({ ...user, user_public_key: this.newKey() });
  }

  /** Somebody else downloads creds. */
  download(user: NatsUserView): string {
    const { id, user_public_key: publicKey, jwt_settings: settings, jwt_expires_in_secs: lifetime } = user;
    const issuedAt = this.now;
    const expiresAt = lifetime === 0 ? 0 : issuedAt + lifetime;
    this.issued.push({ userId: id, publicKey, issuedAt, expiresAt, settings });
    const claims = { sub: publicKey, iat: issuedAt, ...(lifetime === 0 ? {} : { exp: expiresAt }) };
    const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
    return [
      `-----BEGIN NATS USER JWT-----\ne30.${payload}.c2ln\n------END NATS USER JWT------\n`,
      `-----BEGIN USER NKEY SEED-----\nSU${"A".repeat(56)}\n------END USER NKEY SEED------\n`,
    ].join("\n");
  }

  put(user: NatsUserView): NatsUserView {
    this.users.set(user.id, user);
    return user;
  }

  listUsers(): Promise<NatsUserView[]> {
    return this.call("listUsers", () => [...this.users.values()]);
  }

  getUser(userId: string): Promise<NatsUserView | undefined> {
    return this.call("getUser", () => this.users.get(userId));
  }

  createUser(_accountId: string, request: NatsUserCreateRequest): Promise<NatsUserView> {
    return this.call("createUser", () => {
      this.counter++;
      return this.put({
        ...request,
        id: `user-${this.counter}`,
        created: String(this.counter).padStart(9, "0"),
        user_public_key: this.newKey(),
      });
    });
  }

  updateUser(userId: string, _name: string, change: NatsUserUpdateRequest): Promise<NatsUserView> {
    return this.call("updateUser", () => {
      const user = this.existing(userId);
      const settings = Object.entries({ ...user.jwt_settings, ...change.jwt_settings });
      const jwt_settings = Object.fromEntries(settings.filter(([, value]) => value !== null));
      return this.put({ ...user, ...change, jwt_settings });
    });
  }

  deleteUser(userId: string): Promise<void> {
    return this.call("deleteUser", () => {
      this.users.delete(userId);
    });
  }

  issueCreds(userId: string): Promise<string> {
    return this.call("issueCreds", () => this.download(this.existing(userId)));
  }

  rotateUser(userId: string): Promise<NatsUserView> {
    return this.call("rotateUser", () => this.rekey(this.existing(userId)));
  }

  listIssuances(userId: string): Promise<IssuanceView[]> {
    return this.call("listIssuances", () =>
      this.users.has(userId)
        ? this.issued
            .filter((creds) => creds.userId === userId)
            .map((creds) => ({
              sub: creds.publicKey,
              iat_max: creds.issuedAt,
              status: this.accepts(creds) ? "Active" : "Revoked",
            }))
        : [],
    );
  }

  revokedUntil(_accountId: string, publicKey: string): Promise<number> {
    return this.call("revokedUntil", () => this.revocations.get(publicKey) ?? 0);
  }

  revoke(_accountId: string, publicKey: string, before: number): Promise<void> {
    return this.call("revoke", () => {
      this.revocations.set(publicKey, before === 0 ? this.now : before);
    });
  }

  listSigningKeyGroups(): Promise<SigningKeyGroupView[]> {
    return this.call("listSigningKeyGroups", () => [GROUP]);
  }

  getAccount(accountId: string): Promise<AccountView> {
    return this.call("getAccount", () => ({
      id: accountId,
      jwt_sync_status: "Complete" as const,
      jwt_sync_error: "",
    }));
  }

  private async call<T>(operation: Operation, act: () => T): Promise<T> {
    await Promise.resolve();
    if (this.dead) throw new Killed();
    const kind = this.fault?.call === this.calls.length ? this.fault.kind : undefined;
    this.calls.push(operation);
    const call = { purpose: operation, url: "world" };
    switch (kind) {
      case undefined:
        return act();
      case "kill before":
        this.dead = true;
        throw new Killed();
      case "kill after":
        act();
        this.dead = true;
        throw new Killed();
      case "429":
        throw new SynadiaUnavailable(call, 429, "429", false, 0);
      case "400":
        throw new SynadiaRejected(call, 400, "400");
      case "500 before":
        throw new SynadiaUnavailable(call, 500, "500", true, 0);
      case "500 after":
        act();
        throw new SynadiaUnavailable(call, 500, "500", true, 0);
      case "no answer before":
        throw new SynadiaUnavailable(call, undefined, "no answer", true, 0);
      case "no answer after":
        act();
        throw new SynadiaUnavailable(call, undefined, "no answer", true, 0);
    }
  }

  private existing(userId: string): NatsUserView {
    const user = this.users.get(userId);
    if (user === undefined) throw new SynadiaNotFound({ purpose: "find", url: "world" }, 404, "404");
    return user;
  }

  private newKey(): string {
    this.counter++;
    return `U${String(this.counter)
      .padStart(55, "0")
      .replaceAll(/\d/g, (digit) => DIGITS[Number(digit)] ?? "")}`;
  }
}

/** What is declared at the start of a test. */
export const DECLARED: NatsUserInputs = {
  user: "claims/intake/publisher",
  name: "test.claims.intake.publisher",
  environment: "test",
  issuer: {
    kind: "synadia",
    url: "https://world.example.com",
    accountId: "account-1",
    signingKeyGroup: "Default",
    tokenFrom: "SYNADIA_TOKEN",
    parallelCalls: 8,
  },
  publish: ["claims.events.>"],
  subscribe: ["claims.commands.>"],
  respond: false,
  inbox: "_INBOX.test.claims.intake.publisher",
  expires: 0,
  rotation: { every: 1_000, overlap: 100, epoch: "0.0" },
  consumers: [],
};

/** How a run ended. */
export type Ending = "done" | "failed" | "killed";

/** What Pulumi does with one NATS user: a state, and runs that are each a process of their own. */
export class EngineModel {
  readonly world = new World();
  readonly reported: string[] = [];
  state: NatsUserOutputs | undefined;
  private inputs: Partial<NatsUserInputs> = {};
  private isUnfinished = false;

  /** Brings the user to the declaration as `pulumi up` does. */
  up(news: NatsUserInputs, fault?: Fault): Promise<Ending> {
    return this.run(
      fault,
      async (provider) => {
        const { failures } = await provider.check(this.inputs, news);
        if (failures.length > 0) throw new Error(JSON.stringify(failures));
        if (this.state === undefined) {
          this.keep((await provider.create(news)).outs, news);
          return;
        }
        const { changes } = await provider.diff("id", this.state, news);
        if (changes || this.isUnfinished) {
          this.keep((await provider.update("id", this.state, news)).outs, news);
        }
      },
      news,
    );
  }

  refresh(): Promise<Ending> {
    return this.run(undefined, async (provider) => {
      if (this.state !== undefined) this.state = stored((await provider.read("id", this.state)).props);
    });
  }

  destroy(fault?: Fault): Promise<Ending> {
    return this.run(fault, async (provider) => {
      if (this.state !== undefined) await provider.delete("id", this.state);
      this.state = undefined;
      this.inputs = {};
    });
  }

  private async run(
    fault: Fault | undefined,
    act: (provider: ReturnType<typeof natsUserProvider>) => Promise<void>,
    news?: NatsUserInputs,
  ): Promise<Ending> {
    this.world.begin(fault);
    const clock = {
      now: () => this.world.now,
      sleep: async (milliseconds: number) => {
        this.world.now += Math.ceil(milliseconds / 1000);
      },
    };
    const issuer = new SynadiaIssuer(
      { ...DECLARED.issuer, kind: "synadia" } as Extract<NatsUserInputs["issuer"], { kind: "synadia" }>,
      this.world,
      clock,
    );
    const provider = natsUserProvider({
      connectIssuer: () => issuer,
      now: clock.now,
      report: (line) => this.reported.push(line),
    });
    try {
      await act(provider);
      return this.world.isKilled ? "killed" : "done";
    } catch (error) {
      if (this.world.isKilled) return "killed";
      if (error instanceof UnfinishedError && news !== undefined) {
        this.keep(error.properties as NatsUserOutputs, news);
        this.isUnfinished = true;
      }
      return "failed";
    }
  }

  private keep(outputs: NatsUserOutputs, inputs: NatsUserInputs): void {
    this.state = stored(outputs);
    this.inputs = inputs;
    this.isUnfinished = false;
  }
}

/** As a state looks when it is read again. */
function stored(outputs: NatsUserOutputs): NatsUserOutputs {
  return JSON.parse(JSON.stringify(outputs)) as NatsUserOutputs;
}

/** The rights that the settings of a user or of creds give, in words to compare. */
export function rightsOf({ pub, sub, resp }: JwtSettings): object {
  return { pub: pub?.allow ?? [], sub: sub?.allow ?? [], resp: resp ?? null };
}

/** The rights that are declared, in the same words. */
export function declaredRights({ publish, subscribe, respond, inbox }: UserDeclaration): object {
  return {
    pub: [...publish].sort(),
    sub: [...subscribe, `${inbox}.>`].sort(),
    resp: respond ? { max: 1, ttl: 60_000_000_000 } : null,
  };
}
