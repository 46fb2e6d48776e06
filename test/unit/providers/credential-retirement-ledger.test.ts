import {
  closeLedger,
  deadlineOf,
  hasChanged,
  openLedger,
  settle,
} from "@haulway/providers/credential-retirement/ledger";
import type {
  ConsumedUser,
  CredentialRetirementOutputs,
  CredentialUser,
} from "@haulway/providers/credential-retirement/properties";
import { retire } from "@haulway/providers/credential-retirement/retirement";
import type { Surroundings } from "@haulway/providers/credential-retirement/surroundings";
import {
  generationId,
  type IssuerInputs,
  type Revocation,
  type SupersededGeneration,
} from "@haulway/providers/issuer/issuer";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

const ISSUER: IssuerInputs = {
  kind: "synadia",
  url: "https://cloud.synadia.com",
  accountId: "2bKAVoSBsfwNDAEj5MdMaiwqj8e",
  signingKeyGroup: "Default",
  tokenFrom: "SYNADIA_TOKEN",
  parallelCalls: 8,
};

const CONSUMER = {
  cluster: "workload-a",
  namespace: "claims",
  deployment: "intake",
  annotation: "haulway.dev/nats-publisher",
};

/** A generation as `<nkey>.<issuedAt>`, with the end of its overlap. */
function superseded(id: string, retireAt: number): SupersededGeneration {
  const [publicKey = "", issuedAt] = id.split(".");
  return { publicKey, issuedAt: Number(issuedAt), retireAt, reason: issuedAt === "0" ? "adopted" : "window" };
}

function user(present: string, ...earlier: SupersededGeneration[]): ConsumedUser {
  const { publicKey, issuedAt } = superseded(present, 0);
  return {
    user: "claims/intake/publisher",
    name: "test.claims.intake.publisher",
    publicKey,
    issuedAt,
    superseded: earlier,
    consumers: [CONSUMER],
  };
}

/** A state in which everything older than `retired` is revoked. */
function state(
  { user, name, publicKey, issuedAt, superseded }: ConsumedUser,
  retired: string,
  issuer = ISSUER,
): CredentialRetirementOutputs {
  return {
    issuer,
    users: [{ user, name, publicKey, issuedAt, superseded }],
    retired: { [user]: retired },
  };
}

function entryOf(declared: ConsumedUser, olds?: CredentialRetirementOutputs) {
  const [entry] = openLedger(olds, { issuer: ISSUER, users: [declared] });
  if (entry === undefined) throw new Error("the ledger is empty");
  return entry;
}

const outstanding = (declared: ConsumedUser, olds?: CredentialRetirementOutputs) =>
  entryOf(declared, olds).outstanding.map(generationId);

describe("what is outstanding", () => {
  it.each<[string, string[], ConsumedUser, CredentialRetirementOutputs | undefined]>([
    ["nothing for a new user", [], user("K.300"), undefined],
    ["nothing after an adoption that made nothing void", [], user("K.300"), state(user("K.300"), "K.300")],
    [
      "what is superseded, oldest first",
      ["J.0", "K.100", "K.200"],
      user("K.300", superseded("K.200", 9), superseded("K.100", 9), superseded("J.0", 9)),
      undefined,
    ],
    [
      "nothing that is retired, though it stays on the list",
      [],
      user("K.300", superseded("K.100", 9)),
      state(user("K.300", superseded("K.100", 9)), "K.300"),
    ],
    [
      "the last one, when a rotation follows one that is retired",
      ["K.200"],
      user("K.300", superseded("K.100", 9), superseded("K.200", 9)),
      state(user("K.200", superseded("K.100", 9)), "K.200"),
    ],
    [
      "both, when a rotation follows one that is pending",
      ["K.100", "K.200"],
      user("K.300", superseded("K.100", 9), superseded("K.200", 9)),
      state(user("K.200", superseded("K.100", 9)), "K.100"),
    ],
    [
      "one that came and went between two runs, whatever its clock said",
      ["J.50", "K.200"],
      user("M.300", superseded("K.200", 9), superseded("J.50", 9)),
      state(user("K.200"), "K.200"),
    ],
    [
      "one that the declaration has forgotten",
      ["K.100", "J.200"],
      user("M.300", superseded("J.200", 9)),
      state(user("J.200", superseded("K.100", 9)), "K.100"),
    ],
    [
      "the present one of the state, when the declaration begins anew",
      ["K.200"],
      user("M.300"),
      state(user("K.200"), "K.200"),
    ],
    [
      "what an adoption stands for, once",
      ["K.0"],
      user("K.300", superseded("K.0", 9)),
      state(user("K.200"), "K.200"),
    ],
    [
      "nothing of another account",
      [],
      user("M.300"),
      state(user("K.200"), "K.200", { ...ISSUER, accountId: "another" }),
    ],
    [
      "nothing of a user with another name",
      [],
      user("M.300"),
      state({ ...user("K.200"), name: "other" }, "K.200"),
    ],
    [
      "nothing that is younger than the present one of its nkey",
      [],
      user("K.300"),
      state(user("K.400"), "K.400"),
    ],
    ["never the present one", [], user("K.300", superseded("K.300", 9)), undefined],
  ])("is %s", (_, expected, declared, olds) => {
    expect(outstanding(declared, olds)).toEqual(expected);
  });

  it("is of a forgotten generation for a day at most", () => {
    const entry = entryOf(user("M.300"), state(user("K.200"), "K.200"));
    expect(entry.outstanding).toEqual([
      { publicKey: "K", issuedAt: 200, retireAt: 300 + 86_400, reason: "replaced" },
    ]);
  });
});

describe("what is revoked", () => {
  const rotated = user("K.300", superseded("K.100", 1000), superseded("K.200", 2000));
  const rekeyed = user("M.300", superseded("J.100", 1000), superseded("K.200", 2000));

  it.each<[string, ConsumedUser, boolean, number, Revocation[], string[]]>([
    ["nothing before its time", rotated, false, 999, [], ["K.100", "K.200"]],
    [
      "right before the present generation, when all have rolled",
      rotated,
      true,
      400,
      [{ publicKey: "K", before: 299 }],
      [],
    ],
    [
      "right before the next younger one, when only the older's time is up",
      rotated,
      false,
      1000,
      [{ publicKey: "K", before: 199 }],
      ["K.200"],
    ],
    [
      "right before the present one, when the time of all is up",
      rotated,
      false,
      2000,
      [{ publicKey: "K", before: 299 }],
      [],
    ],
    [
      "every earlier nkey, when all have rolled",
      rekeyed,
      true,
      400,
      [
        { publicKey: "J", before: 300 },
        { publicKey: "K", before: 300 },
      ],
      [],
    ],
    ["the nkey whose time is up", rekeyed, false, 1500, [{ publicKey: "J", before: 300 }], ["K.200"]],
    [
      "everything that an adopted nkey was given",
      user("K.300", superseded("K.0", 1000)),
      true,
      400,
      [{ publicKey: "K", before: 299 }],
      [],
    ],
    [
      "an nkey whose issuer's clock was ahead",
      user("M.300", superseded("K.330", 1000)),
      true,
      400,
      [{ publicKey: "K", before: 330 }],
      [],
    ],
    [
      "an older one with a younger one of the same nkey",
      user("K.300", superseded("K.100", 5000), superseded("K.200", 1000)),
      false,
      1000,
      [{ publicKey: "K", before: 299 }],
      [],
    ],
    [
      "out of turn, and stays on the list until its turn",
      user("M.300", superseded("J.100", 5000), superseded("K.200", 1000)),
      false,
      1000,
      [{ publicKey: "K", before: 300 }],
      ["J.100", "K.200"],
    ],
  ])("is %s", (_, declared, rolled, now, revocations, left) => {
    const settlement = settle(entryOf(declared), rolled, now);
    expect(settlement.revocations).toEqual(revocations);
    expect(settlement.after.outstanding.map(generationId)).toEqual(left);
  });
});

it("is the same in the next run, when nothing has changed", () => {
  const third = superseded("J.200", 3000);
  const declared = user("M.300", superseded("K.100", 1000), superseded("K.150", 2000), third);
  let olds: CredentialRetirementOutputs | undefined;
  for (const [now, left] of [
    [500, ["K.100", "K.150", "J.200"]],
    [1000, ["K.150", "J.200"]],
    [2000, ["J.200"]],
    [2500, ["J.200"]],
    [3000, []],
  ] as const) {
    olds = closeLedger(ISSUER, [settle(entryOf(declared, olds), false, now).after]);
    expect(outstanding(declared, olds), `at ${now}`).toEqual(left);
    expect(olds.users[0]?.superseded.map(generationId)).toEqual(["K.100", "K.150", "J.200"]);
  }
});

describe("whether there is something to do", () => {
  const done = state(user("K.300", superseded("K.200", 9)), "K.300");

  it.each<[string, boolean, ConsumedUser[], CredentialRetirementOutputs]>([
    ["no, when all is retired", false, [user("K.300", superseded("K.200", 9))], done],
    [
      "no, when the consumers changed",
      false,
      [{ ...user("K.300", superseded("K.200", 9)), consumers: [] }],
      done,
    ],
    ["no, when the list of what is retired was shortened", false, [user("K.300")], done],
    [
      "yes, when something is pending",
      true,
      [user("K.300", superseded("K.200", 9))],
      { ...done, retired: { "claims/intake/publisher": "K.200" } },
    ],
    ["yes, after a rotation", true, [user("K.400", superseded("K.300", 9))], done],
    [
      "yes, when a user came",
      true,
      [user("K.300"), { ...user("L.300"), user: "claims/intake/reader" }],
      done,
    ],
    ["yes, when a user went", true, [], done],
  ])("is: %s", (_, changed, users, olds) => {
    expect(hasChanged(olds, { issuer: ISSUER, users })).toBe(changed);
  });

  it("follows the issuer, not how many calls it allows", () => {
    const users = [user("K.300", superseded("K.200", 9))];
    expect(hasChanged(done, { issuer: { ...ISSUER, parallelCalls: 1 }, users })).toBe(false);
    expect(hasChanged(done, { issuer: { ...ISSUER, url: "https://other" }, users })).toBe(true);
  });

  it("does not depend on the order of users", () => {
    const [a, b] = [user("K.300"), { ...user("L.300"), user: "claims/intake/reader" }];
    const olds: CredentialRetirementOutputs = {
      issuer: ISSUER,
      users: [a, b],
      retired: { [a.user]: "K.300", [b.user]: "L.300" },
    };
    expect(hasChanged(olds, { issuer: ISSUER, users: [b, a] })).toBe(false);
  });
});

/** What may happen to a user between two moments. */
type Event =
  | { readonly kind: "rotate"; readonly newKey: boolean; readonly overlap: number; readonly skew: number }
  | { readonly kind: "run"; readonly rolled: boolean; readonly killed: boolean }
  | { readonly kind: "pass"; readonly seconds: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constant("rotate" as const),
    newKey: fc.boolean(),
    overlap: fc.integer({ min: 1, max: 300 }),
    skew: fc.integer({ min: -40, max: 40 }),
  }),
  fc.record({ kind: fc.constant("run" as const), rolled: fc.boolean(), killed: fc.boolean() }),
  fc.record({ kind: fc.constant("pass" as const), seconds: fc.integer({ min: 1, max: 200 }) }),
);

/** A user, its issuer and its resource's state, as events make them. */
class History {
  now = 1_000_000;
  declared = user(`U0.${this.now}`);
  olds: CredentialRetirementOutputs | undefined;
  readonly revoked = new Map<string, number>();
  private keys = 1;
  private rolled = false;

  /** @param forgets whether the user's list drops what ended before the newest generation was issued */
  constructor(private readonly forgets: boolean) {}

  isRevoked({ publicKey, issuedAt }: Pick<SupersededGeneration, "publicKey" | "issuedAt">): boolean {
    return (this.revoked.get(publicKey) ?? 0) >= issuedAt;
  }

  async apply(happening: Event): Promise<void> {
    if (happening.kind === "pass") this.now += happening.seconds;
    if (happening.kind === "rotate") this.rotate(happening);
    if (happening.kind === "run") await this.run(happening.rolled, happening.killed);
  }

  private rotate({ newKey, overlap, skew }: Event & { kind: "rotate" }): void {
    const { publicKey, issuedAt } = this.declared;
    // Another nkey may be signed on a machine with another clock; of one nkey the issuer makes each younger than the last.
    const next = newKey
      ? `U${this.keys++}.${this.now + skew}`
      : `${publicKey}.${Math.max(this.now, issuedAt + 1)}`;
    const retireAt = superseded(next, 0).issuedAt + overlap;
    const kept = this.declared.superseded.filter(({ retireAt }) => !this.forgets || retireAt > this.now);
    this.declared = user(next, ...kept, { publicKey, issuedAt, retireAt, reason: "window" });
  }

  private async run(rolled: boolean, killed: boolean): Promise<void> {
    this.rolled = rolled;
    const valid = this.declared.superseded.filter((generation) => !this.isRevoked(generation));
    const early = rolled ? [] : valid.filter((generation) => !this.isOver(generation));
    try {
      const outputs = await retire(
        this.olds,
        { issuer: ISSUER, users: [this.declared], kubeconfigs: {}, waitSeconds: 0 },
        this.surroundings,
      );
      if (!killed) this.olds = outputs;
    } catch (error) {
      const { properties } = error as { readonly properties?: CredentialRetirementOutputs };
      if (properties === undefined) throw error;
      if (!killed) this.olds = properties;
    }
    expect(this.isRevoked(this.declared), "the present generation works").toBe(false);
    for (const generation of early) expect(this.isRevoked(generation), "not before its time").toBe(false);
  }

  /** Whether the overlap has ended, of the generation or of a younger one of its nkey. */
  private isOver(generation: SupersededGeneration): boolean {
    return this.declared.superseded.some(
      ({ publicKey, issuedAt, retireAt }) =>
        publicKey === generation.publicKey && issuedAt >= generation.issuedAt && retireAt <= this.now,
    );
  }

  private readonly surroundings: Surroundings = {
    connectIssuer: () => ({
      verify: async () => undefined,
      revoke: async (revocations) => {
        expect(new Set(revocations.map(({ publicKey }) => publicKey)).size).toBe(revocations.length);
        for (const { publicKey, before } of revocations) {
          expect(before, "0 would mean everything until now").toBeGreaterThan(0);
          this.revoked.set(publicKey, Math.max(before, this.revoked.get(publicKey) ?? 0));
        }
      },
    }),
    connectCluster: async () => ({
      look: async () => ({
        deployment: {
          metadata: { generation: 1 },
          spec: {
            selector: {},
            template: {
              metadata: {
                annotations: this.rolled ? { [CONSUMER.annotation]: generationId(this.declared) } : {},
              },
            },
          },
          status: { observedGeneration: 1 },
        },
        pods: [],
      }),
    }),
    now: () => this.now,
    sleep: async (milliseconds) => {
      this.now += milliseconds / 1000;
    },
    report: () => undefined,
  };
}

describe("any history of rotations, runs and kills", () => {
  it("never touches the present generation, revokes nothing early, and in the end everything earlier", async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(event, { maxLength: 25 }), async (forgets, events) => {
        const history = new History(forgets);
        const issued = new Map<string, Pick<CredentialUser, "publicKey" | "issuedAt">>();
        for (const happening of events) {
          issued.set(generationId(history.declared), history.declared);
          await history.apply(happening);
        }
        issued.delete(generationId(history.declared));
        await history.apply({ kind: "pass", seconds: 100_000 });
        await history.apply({ kind: "run", rolled: false, killed: false });
        const present = generationId(history.declared);
        // What the list forgot before a run has seen it is known to nobody.
        const known = forgets ? (history.olds?.users[0]?.superseded ?? []) : [...issued.values()];
        for (const generation of known)
          expect(history.isRevoked(generation), generationId(generation)).toBe(true);
        expect(history.olds?.retired).toEqual({ [history.declared.user]: present });
        expect(
          hasChanged(history.olds as CredentialRetirementOutputs, {
            issuer: ISSUER,
            users: [history.declared],
          }),
        ).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it("has a deadline for every generation that is not after the end of its own overlap", () => {
    const generation = fc.record({
      publicKey: fc.constantFrom("J", "K"),
      issuedAt: fc.integer({ min: 1, max: 99 }),
      retireAt: fc.integer({ min: 100, max: 999 }),
      reason: fc.constant("window"),
    });
    fc.assert(
      fc.property(
        fc.array(generation, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 1000 }),
        (earlier, now) => {
          const entry = entryOf(user("K.100", ...earlier));
          const { due, revocations } = settle(entry, false, now);
          for (const one of entry.outstanding) {
            expect(deadlineOf(one, entry)).toBeLessThanOrEqual(one.retireAt);
            const revoked = revocations.some(
              ({ publicKey, before }) => publicKey === one.publicKey && before >= one.issuedAt,
            );
            expect(revoked).toBe(due.includes(one));
          }
        },
      ),
    );
  });
});
